select
    coupon_code,
    campaign,
    percent_off,
    amount_off,
    currency,
    duration,
    valid_until,
    max_redemptions
from {{ ref('stg_coupons') }}
