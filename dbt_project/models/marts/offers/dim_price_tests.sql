select
    test_id,
    variant,
    offer_id,
    amount,
    currency,
    started_at,
    stopped_at,
    unit,
    is_control,
    share
from {{ ref('stg_price_tests') }}
