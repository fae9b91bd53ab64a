{%- set current_month = month_of(report_date(as_of())) %}

with flows as (
    select
        product_kind,
        month,
        sum(received_revenue) as received_revenue,
        sum(recognised_revenue) as recognised_revenue,
        sum(deferred_change) as deferred_change
    from {{ ref('fct_recognised_revenue_by_combination') }}
    group by product_kind, month
),

kinds as (
    select
        product_kind,
        min(month) as first_month
    from flows
    group by product_kind
),

calendar as (
    select
        product_kind,
        {{ months_from_to('first_month', current_month) }} as month
    from kinds
)

select
    calendar.month,
    calendar.product_kind,
    cast(coalesce(flows.received_revenue, 0) as {{ money() }}) as received_revenue,
    cast(coalesce(flows.recognised_revenue, 0) as {{ money() }}) as recognised_revenue,
    cast(
        sum(coalesce(flows.deferred_change, 0)) over (
            partition by calendar.product_kind order by calendar.month rows unbounded preceding
        ) as {{ money() }}
    ) as deferred_revenue,
    calendar.month < {{ current_month }} as is_complete
from calendar
left join flows on calendar.month = flows.month and calendar.product_kind = flows.product_kind
