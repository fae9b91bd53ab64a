with running as (
    select
        *,
        {{ value_movement_columns() | join(" + ") }} as mrr_change,
        sum({{ value_movement_columns() | join(" + ") }}) over history as closing_mrr,
        sum(paying_customers_change) over history as closing_customers
    from {{ ref('int_revenue_value_days') }}
    where dimension = 'offer'
    window history as (partition by dimension_value order by movement_date rows unbounded preceding)
)

select
    movement_date,
    dimension_value as offer_id,
    cast(closing_mrr - mrr_change as {{ money() }}) as opening_mrr,
    {%- for column in value_movement_columns() %}
        cast({{ column }} as {{ money() }}) as {{ column }},
    {%- endfor %}
    cast(closing_mrr as {{ money() }}) as closing_mrr,
    cast(switched_in_customers as bigint) as switched_in_customers,
    cast(switched_out_customers as bigint) as switched_out_customers,
    cast(closing_customers as bigint) as closing_customers
from running
where
    paying_customers_change <> 0
    {%- for column in value_movement_columns() %}
        or {{ column }} <> 0
    {%- endfor %}
