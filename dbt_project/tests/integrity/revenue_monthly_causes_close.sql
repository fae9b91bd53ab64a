-- Prevents a split of the months that does not close: each movement type over its causes is that of the month.
{{ config(meta={'dagster': {'ref': {'name': 'fct_mrr_monthly_causes'}}}) }}
with differences as (
    select
        month,
        movement_type,
        mrr_change
    from {{ ref('fct_mrr_monthly_causes') }}
    {%- for movement_type in ["new", "expansion", "contraction", "churn", "reactivation"] %}
        union all
        select
            month,
            '{{ movement_type }}' as movement_type,
            -{{ movement_type }}_mrr as mrr_change
        from {{ ref('fct_mrr_monthly') }}
    {%- endfor %}
)

select
    month,
    movement_type
from differences
group by month, movement_type
having sum(mrr_change) <> 0
