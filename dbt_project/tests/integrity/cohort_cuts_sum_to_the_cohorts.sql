-- Prevents customers lost in a cut: the values of every dimension sum to the uncut cohort, in every cell, in
-- customers and to the cent.
{{ config(meta={'dagster': {'ref': {'name': 'fct_cohort_retention_by_dimension'}}}) }}
with cuts as (
    select
        cohort_month,
        period_number,
        dimension,
        sum(cohort_size) as cohort_size,
        sum(retained_customers) as retained_customers,
        sum(opening_mrr) as opening_mrr,
        sum(retained_mrr) as retained_mrr,
        min(case when is_complete then 1 else 0 end) as is_complete
    from {{ ref('fct_cohort_retention_by_dimension') }}
    group by cohort_month, period_number, dimension
),

dimensions as (
    select 'first_offer' as dimension
    union all
    select 'channel' as dimension
    union all
    select 'acquisition_channel' as dimension
    union all
    select 'acquisition_campaign' as dimension
    union all
    select 'first_coupon' as dimension
    union all
    select 'country' as dimension
),

cells as (
    select
        cohorts.*,
        dimensions.dimension
    from {{ ref('fct_cohort_retention') }} as cohorts
    cross join dimensions
)

select
    coalesce(cells.cohort_month, cuts.cohort_month) as cohort_month,
    coalesce(cells.period_number, cuts.period_number) as period_number,
    coalesce(cells.dimension, cuts.dimension) as dimension
from cells
full outer join cuts
    on cells.cohort_month = cuts.cohort_month
        and cells.period_number = cuts.period_number
        and cells.dimension = cuts.dimension
where
    cells.cohort_month is null
    or cuts.cohort_month is null
    or cells.cohort_size <> cuts.cohort_size
    or cells.retained_customers <> cuts.retained_customers
    or cells.opening_mrr <> cuts.opening_mrr
    or cells.retained_mrr <> cuts.retained_mrr
    or case when cells.is_complete then 1 else 0 end <> cuts.is_complete
