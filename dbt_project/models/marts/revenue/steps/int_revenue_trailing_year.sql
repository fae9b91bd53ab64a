-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    Per month, the MRR of the customers who paid at its close a year before: what they paid then, what they pay now,
    and the smaller of the two. A customer's closings and the same twelve months later are two step functions; only
    where one of them steps does anything change.
*/
{%- set measures = ["base_mrr", "net_mrr", "kept_mrr"] %}

with steps as (
    select
        customer_id,
        month,
        closing_mrr as mrr,
        null as earlier_mrr
    from {{ ref('int_customer_months') }}
    union all
    select
        customer_id,
        {{ date_plus('month', 12, 'month') }} as month,
        null as mrr,
        closing_mrr as earlier_mrr
    from {{ ref('int_customer_months') }}
    where {{ date_plus('month', 12, 'month') }} <= {{ report_date(as_of()) }}
),

stepped as (
    select
        customer_id,
        month,
        max(mrr) as mrr,
        max(earlier_mrr) as earlier_mrr
    from steps
    group by customer_id, month
),

carried as (
    select
        customer_id,
        month,
        coalesce(last_value(mrr ignore nulls) over so_far, 0) as mrr,
        coalesce(last_value(earlier_mrr ignore nulls) over so_far, 0) as base_mrr
    from stepped
    window so_far as (partition by customer_id order by month rows unbounded preceding)
),

measured as (
    select
        customer_id,
        month,
        base_mrr,
        case when base_mrr > 0 then mrr else 0 end as net_mrr,
        least(base_mrr, mrr) as kept_mrr
    from carried
),

changes as (
    select
        month,
    {%- for measure in measures %}
        {{ measure }} - lag({{ measure }}, 1, 0) over (
            partition by customer_id order by month
            ) as {{ measure }}{{ "," if not loop.last }}
    
    {%- endfor %}
    from measured
),

monthly as (
    select
        month,
    {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }}{{ "," if not loop.last }}
    
    {%- endfor %}
    from changes
    group by month
)

select
    months.month,
{%- for measure in measures %}
    sum(coalesce(monthly.{{ measure }}, 0)) over (
        order by months.month rows unbounded preceding
        ) as {{ measure }}{{ "," if not loop.last }}

{%- endfor %}
from {{ ref('int_months') }} as months
left join monthly on months.month = monthly.month
