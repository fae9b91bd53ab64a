-- Prevents two answers to one question: MRR at the as-of instant by subscription, customer, movement and month.
{{ config(meta={'dagster': {'ref': {'name': 'dim_customers'}}}) }}
with answers as (
    select
        (select coalesce(sum(mrr), 0) from {{ ref('fct_subscriptions') }}) as by_subscription,
        (select coalesce(sum(current_mrr), 0) from {{ ref('dim_customers') }}) as by_customer,
        (select coalesce(sum(mrr_change), 0) from {{ ref('fct_mrr_movements') }}) as by_movement,
        (select coalesce(sum(closing_mrr), 0) from {{ ref('fct_mrr_monthly') }} where not is_complete) as by_month
)

select *
from answers
where by_subscription <> by_customer or by_subscription <> by_movement or by_subscription <> by_month
