{{
    newest_known(
        source('raw', 'price_tests'),
        key=['test_id', 'variant', 'offer_id'],
        columns=[
            'test_id', 'variant', 'offer_id', 'amount', 'currency', 'started_at', 'stopped_at', 'unit', 'is_control',
            'share',
        ],
        tie_break=['amount desc', 'currency'],
    )
}}
