-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
-- What a day changed for each value of each dimension, over all customers and subscriptions.
{%- set measures = value_movement_columns() + [
    "switched_in_customers", "switched_out_customers", "paying_customers_change", "active_subscriptions_change",
] %}

with customers as (
    select
        dimension,
        dimension_value,
        movement_date,
        {%- for column in value_movement_columns() %}
            sum({{ column }}) as {{ column }},
        {%- endfor %}
        sum(case when switched_in_mrr > 0 then 1 else 0 end) as switched_in_customers,
        sum(case when switched_out_mrr < 0 then 1 else 0 end) as switched_out_customers,
        sum(case when mrr_before = 0 then 1 when mrr_after = 0 then -1 else 0 end) as paying_customers_change,
        0 as active_subscriptions_change
    from {{ ref('fct_mrr_movements_by_dimension') }}
    group by dimension, dimension_value, movement_date
),

-- A subscription that was active and stays so on the same values, as at most renewals, changes nothing.
turns as (
    select *
    from {{ ref('int_revenue_closings') }}
    where
        (status = 'active' or previous_status = 'active')
        and (
            status <> coalesce(previous_status, 'none')
            {%- for column in revenue_dimensions().values() %}
                or {{ column }} <> {{ previous_value(column) }}
            {%- endfor %}
        )
),

subscriptions as (
    {%- for dimension, column in revenue_dimensions().items() %}
        select
            '{{ dimension }}' as dimension,
            {{ column }} as dimension_value,
            close_date as movement_date,
            1 as change
        from turns
        where
            status = 'active'
            and (coalesce(previous_status, 'none') <> 'active' or {{ column }} <> {{ previous_value(column) }})
        union all
        select
            '{{ dimension }}' as dimension,
            {{ previous_value(column) }} as dimension_value,
            close_date as movement_date,
            -1 as change
        from turns
        where previous_status = 'active' and (status <> 'active' or {{ column }} <> {{ previous_value(column) }})
                {{ "union all" if not loop.last }}
    {%- endfor %}
),

both_kinds as (
    select * from customers
    union all
    select
        dimension,
        dimension_value,
        movement_date,
        {%- for column in measures[:-1] %}
            0 as {{ column }},
        {%- endfor %}
        sum(change) as active_subscriptions_change
    from subscriptions
    group by dimension, dimension_value, movement_date
    having sum(change) <> 0
)

select
    dimension,
    dimension_value,
    movement_date,
{%- for column in measures %}
    sum({{ column }}) as {{ column }}{{ "," if not loop.last }}

{%- endfor %}
from both_kinds
group by dimension, dimension_value, movement_date
