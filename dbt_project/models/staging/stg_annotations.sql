{{
    newest_known(
        source('raw', 'annotations'),
        key=['annotation_id'],
        columns=[
            'annotation_id', 'kind', 'starts_on', 'ends_on', 'text', 'source', 'dimension', 'dimension_value', 'active',
        ],
        tie_break=['text'],
    )
}}
