-- Prevents subscriptions lost on their way to the mart: each that has a state is there, and each only once.
{{ config(meta={'dagster': {'ref': {'name': 'fct_subscriptions'}}}) }}
with differences as (
    select distinct
        subscription_id,
        1 as difference
    from {{ ref('int_subscription_states') }}
    where {{ is_affected('subscription_id') }}
    union all
    select
        subscription_id,
        -1 as difference
    from {{ ref('fct_subscriptions') }}
    where {{ is_affected('subscription_id') }}
)

select
    subscription_id,
    sum(difference) as difference
from differences
group by subscription_id
having sum(difference) <> 0
