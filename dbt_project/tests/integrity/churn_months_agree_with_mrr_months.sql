-- Prevents two answers to who churned and why: the kinds that fct_mrr_monthly counts are the same here, every month
-- of it is there, and its new subscribers are its cohort.
{{ config(meta={'dagster': {'ref': {'name': 'fct_churn_monthly'}}}) }}
select coalesce(churn.month, months.month) as month
from {{ ref('fct_churn_monthly') }} as churn
full outer join {{ ref('fct_mrr_monthly') }} as months on churn.month = months.month
left join {{ ref('fct_cohort_retention') }} as cohorts
    on months.month = cohorts.cohort_month and cohorts.period_number = 0
where
    churn.month is null
    or months.month is null
    or churn.churned_customers <> months.churned_customers
    or churn.voluntary_churned_customers <> months.voluntary_churned_customers
    or churn.involuntary_churned_customers <> months.involuntary_churned_customers
    or churn.new_subscribers <> coalesce(cohorts.cohort_size, 0)
