{{
    newest_known(
        source('raw', 'coupons'),
        key=['coupon_code'],
        columns=[
            'coupon_code', 'campaign', 'percent_off', 'amount_off', 'currency', 'duration', 'valid_until',
            'max_redemptions',
        ],
        tie_break=['campaign'],
    )
}}
