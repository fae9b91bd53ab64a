{{ config(**incremental_by('customer_id')) }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    A customer's MRR on each value of each dimension, by day, as differences.

    What a customer lost on some values and gained on others on one day moved between them, up to the smaller of the
    two: switched out and in, which sum to 0. The rest is the customer's own movement of the day, so that each movement
    type of all values together is that of the customers. The greatest gain, or loss, takes from what moved first.
*/
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

daily as (
    select
        customer_id,
        close_date as movement_date,
        dimension,
        dimension_value,
        sum(mrr_change) as mrr_change
    from parts
    group by customer_id, close_date, dimension, dimension_value
    having sum(mrr_change) <> 0
),

running as (
    select
        *,
        sum(mrr_change) over (
            partition by customer_id, dimension, dimension_value order by movement_date rows unbounded preceding
        ) as mrr_after,
        sum(mrr_change) over (
            partition by customer_id, dimension order by movement_date range unbounded preceding
        ) as customer_mrr_after,
        least(
            sum(greatest(mrr_change, 0)) over (partition by customer_id, dimension, movement_date),
            sum(greatest(-mrr_change, 0)) over (partition by customer_id, dimension, movement_date)
        ) as switched_total,
        sum(abs(mrr_change)) over (
            partition by customer_id, dimension, movement_date, case when mrr_change > 0 then 1 else 0 end
            order by abs(mrr_change) desc, dimension_value
            rows unbounded preceding
        ) - abs(mrr_change) as taken_before
    from daily
),

split as (
    select
        running.*,
        movements.movement_type,
        movements.churn_kind,
        least(abs(running.mrr_change), greatest(running.switched_total - running.taken_before, 0))
        * case when running.mrr_change > 0 then 1 else -1 end as switched
    from running
    left join {{ ref('fct_mrr_movements') }} as movements
        on running.customer_id = movements.customer_id and running.movement_date = movements.movement_date
)

select
    movement_date,
    customer_id,
    dimension,
    dimension_value,
    cast(mrr_after - mrr_change as {{ money() }}) as mrr_before,
    cast(mrr_after as {{ money() }}) as mrr_after,
    cast(customer_mrr_after as {{ money() }}) as customer_mrr_after,
    {%- for movement_type in ["new", "expansion", "contraction", "churn", "reactivation"] %}
        cast(case when movement_type = '{{ movement_type }}' then mrr_change - switched else 0 end as {{ money() }})
            as {{ movement_type }}_mrr,
    {%- endfor %}
    cast(greatest(switched, 0) as {{ money() }}) as switched_in_mrr,
    cast(least(switched, 0) as {{ money() }}) as switched_out_mrr,
    churn_kind
from split
