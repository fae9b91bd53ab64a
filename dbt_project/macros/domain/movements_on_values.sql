{#-
    What moved on the values of customers' MRR, as a select over a relation of parts: customer_id, close_date, the columns
    of ``scope`` and ``values``, mrr_change. Within a scope the values are apart from each other and sum to the customer.

    What a customer lost on some values and gained on others on one day moved between them, up to the smaller of the
    two: switched out and in, which sum to 0. The rest is the customer's own movement of the day, so that each movement
    type of all values together is that of the customers. The greatest gain, or loss, takes from what moved first.
-#}
{% macro movements_on_values(parts, scope, values) -%}
{%- set keys = (scope + values) | join(", ") -%}
{%- set scopes = (["customer_id"] + scope) | join(", ") -%}
with daily as (
    select
        customer_id,
        close_date as movement_date,
        {{ keys }},
        sum(mrr_change) as mrr_change
    from {{ parts }}
    group by customer_id, close_date, {{ keys }}
    having sum(mrr_change) <> 0
),

running as (
    select
        *,
        sum(mrr_change) over (
            partition by customer_id, {{ keys }} order by movement_date rows unbounded preceding
        ) as mrr_after,
        sum(mrr_change) over (
            partition by {{ scopes }} order by movement_date range unbounded preceding
        ) as customer_mrr_after,
        least(
            sum(greatest(mrr_change, 0)) over (partition by {{ scopes }}, movement_date),
            sum(greatest(-mrr_change, 0)) over (partition by {{ scopes }}, movement_date)
        ) as switched_total,
        sum(abs(mrr_change)) over (
            partition by {{ scopes }}, movement_date, case when mrr_change > 0 then 1 else 0 end
            order by abs(mrr_change) desc, {{ values | join(", ") }}
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
    {{ keys }},
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
{%- endmacro %}
