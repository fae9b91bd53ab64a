-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
-- Days before the first month of the series, of subscriptions without MRR, belong to its opening.
{%- set measures = value_movement_columns() + ["paying_customers_change", "active_subscriptions_change"] %}

with first_month as (
    select min(month) as month from {{ ref('int_months') }}
),

changes as (
    select
        days.dimension,
        days.dimension_value,
        greatest({{ month_of('days.movement_date') }}, first_month.month) as month,
    {%- for column in measures %}
        sum(days.{{ column }}) as {{ column }}{{ "," if not loop.last }}
    
    {%- endfor %}
    from {{ ref('int_revenue_value_days') }} as days
    cross join first_month
    where first_month.month is not null
    group by days.dimension, days.dimension_value, greatest({{ month_of('days.movement_date') }}, first_month.month)
),

seen as (
    select
        dimension,
        dimension_value,
        min(month) as first_month
    from changes
    group by dimension, dimension_value
),

filled as (
    select
        seen.dimension,
        seen.dimension_value,
        months.month,
    {%- for column in measures %}
        coalesce(changes.{{ column }}, 0) as {{ column }}{{ "," if not loop.last }}
    
    {%- endfor %}
    from seen
    inner join {{ ref('int_months') }} as months on seen.first_month <= months.month
    left join changes
        on seen.dimension = changes.dimension
            and seen.dimension_value = changes.dimension_value
            and months.month = changes.month
),

closed as (
    select
        *,
        {{ value_movement_columns() | join(" + ") }} as mrr_change,
        sum({{ value_movement_columns() | join(" + ") }}) over history as closing_mrr,
        sum(paying_customers_change) over history as closing_customers,
        sum(active_subscriptions_change) over history as active_subscriptions
    from filled
    window history as (partition by dimension, dimension_value order by month rows unbounded preceding)
)

select
    month,
    dimension,
    dimension_value,
    cast(closing_mrr - mrr_change as {{ money() }}) as opening_mrr,
    {%- for column in value_movement_columns() %}
        cast({{ column }} as {{ money() }}) as {{ column }},
    {%- endfor %}
    cast(closing_mrr as {{ money() }}) as closing_mrr,
    cast(closing_customers as bigint) as closing_customers,
    cast(active_subscriptions as bigint) as active_subscriptions,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from closed
