-- Prevents two counts of paying customers at the as-of instant: by month, by customer and by cohort.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_monthly'}}}) }}
with counts as (
    select
        (
            select coalesce(sum(closing_customers), 0) from {{ ref('fct_mrr_monthly') }} where not is_complete
        ) as by_month,
        (select count(*) from {{ ref('dim_customers') }} where current_mrr > 0) as by_customer,
        (
            select coalesce(sum(retained_customers), 0) from {{ ref('fct_cohort_retention') }} where not is_complete
        ) as by_cohort
)

select *
from counts
where by_month <> by_customer or by_month <> by_cohort
