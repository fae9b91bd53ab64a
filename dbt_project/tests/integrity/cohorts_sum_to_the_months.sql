-- Prevents cohorts that tell another story than the months: what all of them retain in a month are the customers and
-- the MRR at its close, and a cohort begins with the new MRR of its month.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention'}}}) }}
with cohorts as (
    select
        {{ date_plus('cohort_month', 'period_number', 'month') }} as month,
        retained_customers as closing_customers,
        retained_mrr as closing_mrr,
        case when period_number = 0 then opening_mrr else 0 end as new_mrr
    from {{ ref('fct_cohort_retention') }}
)

{{ sums_that_differ('cohorts', ref('fct_mrr_monthly'), ['month'], ['closing_customers', 'closing_mrr', 'new_mrr']) }}
