{{ config(**incremental_by('customer_id')) }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
-- A customer's MRR on each combination of what its subscriptions are, by day, as differences: what cuts by several
-- dimensions at once add up. Attributes of customers are joined by who asks.
{%- set columns = combined_dimensions() %}

with closings as (
    select *
    from {{ ref('int_revenue_closings') }}
    where {{ is_affected('customer_id') }}
),

moved as (
    select
        customer_id,
        close_date,
        {%- for dimension, column in columns.items() %}
            {{ column }} as {{ dimension }},
            {{ previous_value(column) }} as previous_{{ dimension }},
        {%- endfor %}
        mrr,
        coalesce(previous_mrr, 0) as previous_mrr
    from closings
    where
        mrr <> coalesce(previous_mrr, 0)
        {%- for column in columns.values() %}
            or {{ column }} <> {{ previous_value(column) }}
        {%- endfor %}
),

parts as (
    select
        customer_id,
        close_date,
        {{ columns | join(", ") }},
        mrr as mrr_change
    from moved
    union all
    select
        customer_id,
        close_date,
        {%- for dimension in columns %}
            previous_{{ dimension }} as {{ dimension }},
        {%- endfor %}
        -previous_mrr as mrr_change
    from moved
),

moved_on_values as (
    {{ movements_on_values('parts', [], columns | list) }}
)

select *
from moved_on_values
