-- Prevents titles that lose viewers or churners: all titles together are all who watched, at opens that are measured.
{{ config(meta={'dagster': {'ref': {'name': 'fct_title_churn'}}}) }}
with differences as (
    select
        measured_customers as customers,
        churned_customers as churned
    from {{ ref('fct_title_churn') }}
    union all
    select
        -paying_customers as customers,
        -churned_customers as churned
    from {{ ref('fct_engagement_bands_monthly') }}
    where band <> '0 days' and is_complete
)

select sum(customers) as difference
from differences
having sum(customers) <> 0 or sum(churned) <> 0
