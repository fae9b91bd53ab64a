-- Prevents a second truth: the default's variant is the number of revenue.fct_mrr_monthly, in every month.
{{ config(meta={'dagster': {'ref': {'name': 'fct_metric_variants'}}}) }}
with marts as (
    select
        month,
        'customer_churn_rate' as metric,
        cast(customer_churn_rate as {{ convention_value() }}) as mart_value
    from {{ ref('fct_mrr_monthly') }}
    union all
    select
        month,
        'mrr' as metric,
        cast(closing_mrr as {{ convention_value() }}) as mart_value
    from {{ ref('fct_mrr_monthly') }}
    union all
    select
        month,
        'gross_mrr_churn_rate' as metric,
        cast(gross_mrr_churn_rate as {{ convention_value() }}) as mart_value
    from {{ ref('fct_mrr_monthly') }}
    union all
    select
        month,
        'net_mrr_churn_rate' as metric,
        cast(net_mrr_churn_rate as {{ convention_value() }}) as mart_value
    from {{ ref('fct_mrr_monthly') }}
),

variants as (
    select *
    from {{ ref('fct_metric_variants') }}
    where convention = 'default'
)

select
    marts.month,
    marts.metric,
    marts.mart_value,
    variants.variant_value
from marts
full outer join variants
    on marts.month = variants.month and marts.metric = variants.metric
where
    marts.month is null
    or variants.month is null
    or marts.mart_value is distinct from variants.variant_value
    or variants.gap <> 0
