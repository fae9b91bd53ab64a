/*
    Up to an instant, a payment event has been recognised for the share of its paid period that is over, from the
    event on: what was over before it is recognised with it, and when the service stops all that is left. What a month
    recognises is the difference between its close and its open, rounded at those only, so that the pieces sum to the
    payment.

    At the close of a month most payments are over and count in full, and only the others need their share.
*/
{%- set current_month = month_of(report_date(as_of())) %}
{%- set combination = [
    "product_kind", "offer_id", "channel", "provider", "price_interval", "currency", "country", "acquisition_channel"
] | join(", ") %}

with payments as (
    select
        periods.product_kind,
        coalesce(paid.offer_id, '(none)') as offer_id,
        coalesce(paid.channel, '(none)') as channel,
        coalesce(paid.provider, '(none)') as provider,
        {{ interval_name('subscriptions.billing_interval', 'subscriptions.billing_interval_count') }} as price_interval,
        coalesce(paid.currency, '(none)') as currency,
        coalesce(customers.country, '(none)') as country,
        coalesce(customers.acquisition_channel, '(none)') as acquisition_channel,
        periods.revenue_reporting,
        periods.paid_from,
        periods.paid_to,
        {{ month_of(report_date('periods.occurred_at')) }} as received_month,
        -- The month at whose close the payment is over.
        case
            when periods.stopped_at > periods.occurred_at then {{ month_of(report_date('periods.stopped_at')) }}
            when
                periods.stopped_at is null
                and periods.paid_to > periods.occurred_at
                and {{ seconds_between('periods.paid_from', 'periods.paid_to') }} > 0
                then {{ month_of(report_date("(periods.paid_to - interval '1' microsecond)")) }}
            else {{ month_of(report_date('periods.occurred_at')) }}
        end as last_month,
        coalesce(
            periods.stopped_at is null
            and periods.paid_to > {{ as_of() }}
            and {{ seconds_between('periods.paid_from', 'periods.paid_to') }} > 0,
            false
        ) as is_running
    from {{ ref('int_revenue_paid_periods') }} as periods
    -- What a reversal is of is said by the payment that it refers to.
    left join {{ ref('int_reversals') }} as reversals on periods.event_id = reversals.event_id
    left join {{ ref('fct_transactions') }} as paid
        on coalesce(reversals.payment_event_id, periods.event_id) = paid.event_id
    left join {{ ref('fct_subscriptions') }} as subscriptions
        on paid.subscription_id = subscriptions.subscription_id
    left join {{ ref('dim_customers') }} as customers on periods.customer_id = customers.customer_id
    where periods.revenue_reporting <> 0
),

-- The closes at which a payment was not over.
unfinished as (
    select
        {{ combination }},
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

closes as (
    select
        month,
        {{ date_plus('month', 1, 'month') }} as next_month,
        least({{ start_of_date(date_plus('month', 1, 'month')) }}, {{ as_of() }}) as closed_at
    from (select distinct unfinished.month from unfinished) as months
),

shared as (
    select
        unfinished.*,
        closes.next_month,
        {{ recognised_by('closed_at') }} as recognised
    from unfinished
    inner join closes on unfinished.month = closes.month
),

shares as (
    select
        {{ combination }},
        month,
        next_month,
        sum(case when revenue_reporting < 0 then -recognised else recognised end) as revenue
    from shared
    group by {{ combination }}, month, next_month
),

-- A share at a close is recognised by then, and the next close begins with it.
flows as (
    select
        {{ combination }},
        received_month as month,
        revenue_reporting as received,
        cast(0 as {{ money() }}) as recognised
    from payments
    union all
    select
        {{ combination }},
        last_month as month,
        cast(0 as {{ money() }}) as received,
        revenue_reporting as recognised
    from payments
    where not is_running
    union all
    select
        {{ combination }},
        month,
        cast(0 as {{ money() }}) as received,
        revenue as recognised
    from shares
    union all
    select
        {{ combination }},
        next_month as month,
        cast(0 as {{ money() }}) as received,
        -revenue as recognised
    from shares
    where month < {{ current_month }}
)

select
    month,
    {{ combination }},
    cast(sum(received) as {{ money() }}) as received_revenue,
    cast(sum(recognised) as {{ money() }}) as recognised_revenue,
    cast(sum(received - recognised) as {{ money() }}) as deferred_change,
    month < {{ current_month }} as is_complete
from flows
group by {{ combination }}, month
