/*
    Up to an instant, a payment event has been recognised for the share of its paid period that is over, from the
    event on: what was over before it is recognised with it. What a month recognises is the difference between its close
    and its open, rounded at those only, so that the pieces sum to the payment.
*/
with months as (
    select
        event_id,
        occurred_at,
        product_kind,
        revenue_reporting,
        paid_from,
        paid_to,
        {{ months_from_to(
            month_of(report_date('occurred_at')),
            month_of(report_date('greatest(occurred_at, least(coalesce(paid_to, occurred_at), ' ~ as_of() ~ '))'))
        ) }} as month
    from {{ ref('int_revenue_paid_periods') }}
    where revenue_reporting <> 0
),

bounded as (
    select
        *,
        {{ start_of_date('month') }} as opened_at,
        least({{ start_of_date(date_plus('month', 1, 'month')) }}, {{ as_of() }}) as closed_at,
        month = {{ month_of(report_date('occurred_at')) }} as is_month_of_payment
    from months
),

pieces as (
    select
        month,
        product_kind,
        case when is_month_of_payment then revenue_reporting else 0 end as received_revenue,
        case when revenue_reporting < 0 then -1 else 1 end * (
            {{ recognised_by('closed_at') }}
            - case when is_month_of_payment then 0 else {{ recognised_by('opened_at') }} end
        ) as recognised_revenue
    from bounded
),

sums as (
    select
        month,
        product_kind,
        sum(received_revenue) as received_revenue,
        sum(recognised_revenue) as recognised_revenue
    from pieces
    group by month, product_kind
),

kinds as (
    select
        product_kind,
        min(month) as first_month
    from sums
    group by product_kind
),

calendar as (
    select
        product_kind,
        {{ months_from_to('first_month', month_of(report_date(as_of()))) }} as month
    from kinds
),

filled as (
    select
        calendar.month,
        calendar.product_kind,
        coalesce(sums.received_revenue, 0) as received_revenue,
        coalesce(sums.recognised_revenue, 0) as recognised_revenue
    from calendar
    left join sums on calendar.month = sums.month and calendar.product_kind = sums.product_kind
)

select
    month,
    product_kind,
    cast(received_revenue as {{ money() }}) as received_revenue,
    cast(recognised_revenue as {{ money() }}) as recognised_revenue,
    cast(
        sum(received_revenue - recognised_revenue) over (
            partition by product_kind order by month rows unbounded preceding
        ) as {{ money() }}
    ) as deferred_revenue,
    month < {{ month_of(report_date(as_of())) }} as is_complete
from filled
