-- Prevents offers that move otherwise than the customers: each type of each day, and switches that do not cancel out.
{{ config(meta={'dagster': {'ref': {'name': 'fct_offer_mrr_movements'}}}) }}
with differences as (
    select
        movement_date,
        {%- for column in value_movement_columns()[:5] %}
            {{ column }},
        {%- endfor %}
        switched_in_mrr + switched_out_mrr as switched_mrr
    from {{ ref('fct_offer_mrr_movements') }}
    union all
    select
        close_date as movement_date,
        {%- for column in value_movement_columns()[:5] %}
            -{{ column }} as {{ column }},
        {%- endfor %}
        0 as switched_mrr
    from {{ ref('fct_mrr_daily') }}
)

select movement_date
from differences
group by movement_date
having
    sum(switched_mrr) <> 0
    {%- for column in value_movement_columns()[:5] %}
        or sum({{ column }}) <> 0
    {%- endfor %}
