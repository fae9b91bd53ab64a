-- Prevents churns that are lost or counted twice between the movements and the contacts before them.
{{ config(meta={'dagster': {'ref': {'name': 'fct_contacts_before_churn'}}}) }}
with first_days as (
    select {{ date_plus('min(opened_date)', 30, 'day') }} as first_day
    from {{ ref('fct_support_contacts') }}
),

differences as (
    select churned_customers as churns
    from {{ ref('fct_contacts_before_churn') }}
    union all
    select -count(*) as churns
    from {{ ref('fct_mrr_movements') }} as movements
    inner join first_days on movements.movement_date >= first_days.first_day
    where movements.movement_type = 'churn'
)

select sum(churns) as difference
from differences
having sum(churns) <> 0
