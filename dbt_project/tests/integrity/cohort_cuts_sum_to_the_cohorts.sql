-- Prevents customers lost in a cut: the values of every dimension sum to the uncut cohort, in every cell, in
-- customers and to the cent.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention_by_dimension'}}}) }}
with dimensions as (
    {%- for dimension in customer_cuts() %}
        select '{{ dimension }}' as dimension
        {{ "union all" if not loop.last }}
    {%- endfor %}
),

cells as (
    select
        cohorts.*,
        dimensions.dimension
    from {{ ref('fct_cohort_retention') }} as cohorts
    cross join dimensions
)

{{ sums_that_differ(
    ref('fct_cohort_retention_by_dimension'), 'cells',
    ['cohort_month', 'period_number', 'dimension', 'is_complete'],
    ['cohort_size', 'retained_customers', 'opening_mrr', 'retained_mrr']
) }}
