select
    offer_id,
    title,
    offer_kind,
    amount,
    currency,
    billing_interval,
    billing_interval_count,
    trial_days,
    active
from {{ ref('stg_offers') }}
