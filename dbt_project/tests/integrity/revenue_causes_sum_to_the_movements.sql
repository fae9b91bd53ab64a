-- Prevents a cause that invents or loses money: the parts of a subscription's day make its change, and those of all
-- subscriptions of a customer's day make the customer's movement, or nothing.
{{ config(meta={'dagster': {'ref': {'name': 'fct_subscription_mrr_movements'}}}) }}
with of_subscriptions as (
    select
        subscription_id,
        movement_date,
        sum(mrr_change) as mrr_change,
        min(mrr_before) as mrr_before,
        min(mrr_after) as mrr_after
    from {{ ref('fct_subscription_mrr_movements') }}
    group by subscription_id, movement_date
),

chained as (
    select
        *,
        lag(mrr_after) over (partition by subscription_id order by movement_date) as previous_mrr_after
    from of_subscriptions
)

select
    customer_id as id,
    movement_date
from (
    {{ sums_that_differ(
        ref('fct_subscription_mrr_movements'), ref('fct_mrr_movements'), ['customer_id', 'movement_date'],
        ['mrr_change']
    ) }}
) as differences
union all
select
    subscription_id as id,
    movement_date
from chained
where mrr_before + mrr_change <> mrr_after or mrr_before <> coalesce(previous_mrr_after, 0)
