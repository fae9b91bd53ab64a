-- Prevents a split of the months that does not close: each movement type over its causes is that of the month.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_monthly_causes'}}}) }}
with causes as (
    select
        month,
        {%- for column in value_movement_columns()[:5] %}
            case when movement_type || '_mrr' = '{{ column }}' then mrr_change else 0 end as {{ column }},
        {%- endfor %}
        movement_type
    from {{ ref('fct_mrr_monthly_causes') }}
)

{{ sums_that_differ('causes', ref('fct_mrr_monthly'), ['month'], value_movement_columns()[:5]) }}
