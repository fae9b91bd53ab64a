/*
    Up to an instant, a payment event has been recognised for the share of its paid period that is over, from the
    event on: what was over before it is recognised with it, and when the service stops all that is left. What a month
    recognises is the difference between its close and its open, rounded at those only, so that the pieces sum to the
    payment.

    At the close of a month most payments are over and count in full, and only the others need their share.
*/
{%- set current_month = month_of(report_date(as_of())) %}

with payments as (
    select
        product_kind,
        revenue_reporting,
        paid_from,
        paid_to,
        {{ month_of(report_date('occurred_at')) }} as received_month,
        -- The month at whose close the payment is over.
        case
            when stopped_at > occurred_at then {{ month_of(report_date('stopped_at')) }}
            when stopped_at is null and paid_to > occurred_at and {{ seconds_between('paid_from', 'paid_to') }} > 0
                then {{ month_of(report_date("(paid_to - interval '1' microsecond)")) }}
            else {{ month_of(report_date('occurred_at')) }}
        end as last_month,
        coalesce(
            stopped_at is null and paid_to > {{ as_of() }} and {{ seconds_between('paid_from', 'paid_to') }} > 0, false
        ) as is_running
    from {{ ref('int_revenue_paid_periods') }}
    where revenue_reporting <> 0
),

received as (
    select
        product_kind,
        received_month as month,
        sum(revenue_reporting) as revenue
    from payments
    group by product_kind, received_month
),

finished as (
    select
        product_kind,
        last_month as month,
        sum(revenue_reporting) as revenue
    from payments
    where not is_running
    group by product_kind, last_month
),

-- The closes at which a payment was not over.
unfinished as (
    select
        product_kind,
        revenue_reporting,
        paid_from,
        paid_to,
        {{ months_from_to(
            'received_month',
            'case when is_running then ' ~ current_month ~ ' else ' ~ date_plus('last_month', -1, 'month') ~ ' end'
        ) }} as month
    from payments
    where is_running or last_month > received_month
),

kinds as (
    select
        product_kind,
        min(month) as first_month
    from received
    group by product_kind
),

calendar as (
    select
        product_kind,
        {{ months_from_to('first_month', current_month) }} as month
    from kinds
),

closes as (
    select
        month,
        least({{ start_of_date(date_plus('month', 1, 'month')) }}, {{ as_of() }}) as closed_at
    from (select distinct calendar.month from calendar) as months
),

shared as (
    select
        unfinished.product_kind,
        unfinished.month,
        unfinished.revenue_reporting,
        {{ recognised_by('closed_at') }} as recognised
    from unfinished
    inner join closes on unfinished.month = closes.month
),

shares as (
    select
        product_kind,
        month,
        sum(case when revenue_reporting < 0 then -recognised else recognised end) as revenue
    from shared
    group by product_kind, month
),

closings as (
    select
        calendar.month,
        calendar.product_kind,
        coalesce(received.revenue, 0) as received_revenue,
        sum(coalesce(received.revenue, 0)) over history as received_so_far,
        sum(coalesce(finished.revenue, 0)) over history + coalesce(shares.revenue, 0) as recognised_so_far
    from calendar
    left join received
        on calendar.month = received.month and calendar.product_kind = received.product_kind
    left join finished
        on calendar.month = finished.month and calendar.product_kind = finished.product_kind
    left join shares
        on calendar.month = shares.month and calendar.product_kind = shares.product_kind
    window history as (
        partition by calendar.product_kind order by calendar.month rows unbounded preceding
    )
)

select
    month,
    product_kind,
    cast(received_revenue as {{ money() }}) as received_revenue,
    cast(
        recognised_so_far
        - coalesce(lag(recognised_so_far) over (partition by product_kind order by month), 0) as {{ money() }}
    ) as recognised_revenue,
    cast(received_so_far - recognised_so_far as {{ money() }}) as deferred_revenue,
    month < {{ current_month }} as is_complete
from closings
