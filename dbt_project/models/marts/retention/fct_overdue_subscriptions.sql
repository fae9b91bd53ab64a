select
    subscription_id,
    customer_id,
    {{ report_date('period_end') }} as due_date,
    period_end,
    coalesce(offer_id, '(none)') as offer_id,
    {{ subscription_cuts() }},
    mrr
from {{ ref('fct_subscriptions') }}
where status = 'active' and mrr > 0 and period_end < {{ as_of() }}
