select
    subscription_id,
    trial_number,
    customer_id,
    coalesce(offer_id, '(none)') as offer_id,
    {{ subscription_cuts() }},
    coalesce(currency, '(none)') as price_currency,
    started_at,
    ends_at,
    {{ report_date('ends_at') }} as end_date,
    converted_at,
    outcome
from {{ ref('int_retention_trials') }}
