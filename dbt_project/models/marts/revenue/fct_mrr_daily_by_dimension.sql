with running as (
    select
        *,
        {{ value_movement_columns() | join(" + ") }} as mrr_change,
        sum({{ value_movement_columns() | join(" + ") }}) over history as closing_mrr,
        sum(paying_customers_change) over history as closing_customers,
        sum(active_subscriptions_change) over history as active_subscriptions
    from {{ ref('int_revenue_value_days') }}
    window history as (partition by dimension, dimension_value order by movement_date rows unbounded preceding)
)

select
    movement_date,
    dimension,
    dimension_value,
    cast(closing_mrr - mrr_change as {{ money() }}) as opening_mrr,
    {%- for column in value_movement_columns() %}
        cast({{ column }} as {{ money() }}) as {{ column }},
    {%- endfor %}
    cast(closing_mrr as {{ money() }}) as closing_mrr,
    cast(closing_customers as bigint) as closing_customers,
    cast(active_subscriptions as bigint) as active_subscriptions
from running
