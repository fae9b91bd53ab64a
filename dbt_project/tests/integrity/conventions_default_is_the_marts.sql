-- Prevents a second truth: the default's variant is the number of revenue.fct_mrr_monthly, in every month.
{{ config(meta={'dagster': {'ref': {'name': 'fct_metric_variants'}}}) }}
{%- set columns = {
    'customer_churn_rate': 'customer_churn_rate', 'mrr': 'closing_mrr', 'gross_mrr_churn_rate': 'gross_mrr_churn_rate',
    'net_mrr_churn_rate': 'net_mrr_churn_rate',
} %}
with marts as (
    {%- for metric, column in columns.items() %}
        select
            month,
            '{{ metric }}' as metric,
            cast({{ column }} as {{ convention_value() }}) as mart_value
        from {{ ref('fct_mrr_monthly') }}
        {{ "union all" if not loop.last }}
    {%- endfor %}
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
