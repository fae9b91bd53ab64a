-- Prevents a look into the future: a build as of an instant shows nothing that happened after it.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_movements'}}}) }}
select
    'fct_mrr_movements' as model,
    count(*) as later_rows
from {{ ref('fct_mrr_movements') }}
where movement_date > {{ report_date(as_of()) }}
having count(*) > 0
union all
select
    'fct_subscription_periods' as model,
    count(*) as later_rows
from {{ ref('fct_subscription_periods') }}
where valid_from > {{ as_of() }} or valid_to > {{ as_of() }}
having count(*) > 0
union all
select
    'fct_subscriptions' as model,
    count(*) as later_rows
from {{ ref('fct_subscriptions') }}
where started_at > {{ as_of() }} or ended_at > {{ as_of() }}
having count(*) > 0
union all
select
    'fct_transactions' as model,
    count(*) as later_rows
from {{ ref('fct_transactions') }}
where occurred_at > {{ as_of() }}
having count(*) > 0
