{{ config(**incremental_by('customer_id')) }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
-- A customer's MRR on each value of each dimension, by day, as differences; movements_on_values says what switched.
with closings as (
    select *
    from {{ ref('int_revenue_closings') }}
    where {{ is_affected('customer_id') }}
),

moved as (
    {%- for dimension, column in revenue_dimensions().items() %}
        select
            customer_id,
            close_date,
            '{{ dimension }}' as dimension,
            {{ column }} as dimension_value,
            {{ previous_value(column) }} as previous_value,
            mrr,
            coalesce(previous_mrr, 0) as previous_mrr
        from closings
        where mrr <> coalesce(previous_mrr, 0) or {{ column }} <> {{ previous_value(column) }}
                {{ "union all" if not loop.last }}
    {%- endfor %}
),

parts as (
    select
        customer_id,
        close_date,
        dimension,
        dimension_value,
        mrr as mrr_change
    from moved
    union all
    select
        customer_id,
        close_date,
        dimension,
        previous_value as dimension_value,
        -previous_mrr as mrr_change
    from moved
),

moved_on_values as (
    {{ movements_on_values('parts', ['dimension'], ['dimension_value']) }}
)

select *
from moved_on_values
