{{
    newest_known(
        source('raw', 'offers'),
        key=['offer_id'],
        columns=[
            'offer_id', 'title', 'offer_kind', 'amount', 'currency', 'billing_interval', 'billing_interval_count',
            'trial_days', 'active',
        ],
        tie_break=['title'],
    )
}}
