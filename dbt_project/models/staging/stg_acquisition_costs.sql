{{
    newest_known(
        source('raw', 'acquisition_costs'),
        key=['cost_id'],
        columns=['cost_id', 'cost_date', 'amount', 'currency', 'acquisition_channel', 'acquisition_campaign'],
        tie_break=['amount desc'],
        happened_at='cost_date',
    )
}}
