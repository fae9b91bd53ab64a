select
    subscription_id,
    customer_id,
    {{ report_date('period_end') }} as due_date,
    period_end,
    status,
    auto_renew,
    case when auto_renew then 'due_to_renew' else 'set_to_cancel' end as intent,
    coalesce(offer_id, '(none)') as offer_id,
    {{ subscription_cuts() }},
    coalesce(currency, '(none)') as price_currency,
    mrr
from {{ ref('fct_subscriptions') }}
where {{ has_access('status') }} and period_end >= {{ as_of() }}
