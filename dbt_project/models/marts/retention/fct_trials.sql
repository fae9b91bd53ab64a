select
    subscription_id,
    trial_number,
    customer_id,
    coalesce(offer_id, '(none)') as offer_id,
    coalesce(channel, '(none)') as channel,
    coalesce(provider, '(none)') as provider,
    {{ interval_name('billing_interval', 'billing_interval_count') }} as price_interval,
    coalesce(currency, '(none)') as price_currency,
    started_at,
    ends_at,
    {{ report_date('ends_at') }} as end_date,
    converted_at,
    outcome
from {{ ref('int_retention_trials') }}
