{{
    newest_known(
        source('raw', 'payouts'),
        key=['payout_id'],
        columns=[
            'payout_id', 'provider', 'paid_at', 'currency', 'amount', 'transaction_ids', 'fee_amount',
            is_newly_known('recorded_at', 'paid_at') ~ ' as is_newly_known',
        ],
        tie_break=['amount desc'],
        happened_at='paid_at',
    )
}}
