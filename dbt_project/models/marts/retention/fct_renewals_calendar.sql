select
    due_date,
    cast(sum(case when status <> 'trial' then 1 else 0 end) as bigint) as due_subscriptions,
    cast(sum(mrr) as {{ money() }}) as due_mrr,
    cast(sum(case when status <> 'trial' and not auto_renew then 1 else 0 end) as bigint)
        as set_to_cancel_subscriptions,
    cast(sum(case when auto_renew then 0 else mrr end) as {{ money() }}) as set_to_cancel_mrr,
    cast(sum(case when status = 'grace' then 1 else 0 end) as bigint) as grace_subscriptions,
    cast(sum(case when status = 'grace' then mrr else 0 end) as {{ money() }}) as grace_mrr,
    cast(sum(case when status = 'trial' then 1 else 0 end) as bigint) as ending_trials,
    cast(sum(case when status = 'trial' and not auto_renew then 1 else 0 end) as bigint) as set_to_cancel_trials
from {{ ref('fct_due_subscriptions') }}
group by due_date
