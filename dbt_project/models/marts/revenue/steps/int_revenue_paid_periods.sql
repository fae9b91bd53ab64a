{{ config(
    materialized='incremental',
    pre_hook="{{ delete_affected_rows('purchase_id') }}",
    meta={'kept_by': 'customer_id'},
) }}
-- The rules of the model are checked on the rows of these: depends_on: {{ ref('int_affected_customers') }}
/*
    Every payment event that moves money, with the period that it pays for: of a success its access window or else the
    period of its subscription; of a refund, a chargeback or its reversal that of the payment it refers to. Without a
    period paid_from is null. Where the subscription ended within the period for good, its service stopped then.

    The period of a subscription is that of its last billing event up to half a day after the payment, since senders
    report the two in either order; before the first billing event, of that first one.
*/
with payments as (
    select *
    from {{ ref('fct_transactions') }}
    where event_type <> 'failed' and {{ is_affected('purchase_id') }}
),

billing as (
    select
        subscription_id,
        event_id,
        occurred_at,
        recorded_at,
        coalesce(period_start, occurred_at) as period_from,
        period_end
    from {{ ref('stg_subscription_events') }}
    where
        ({{ is_opening_type('event_type') }} or event_type = 'plan_changed')
        and event_type <> 'trial_started'
        and period_end > coalesce(period_start, occurred_at)
        and not is_superseded
    {%- if is_incremental_model() %}
        and subscription_id in (select payments.subscription_id from payments)
        {%- endif %}
),

numbered as (
    select
        *,
        row_number() over (partition by subscription_id order by occurred_at, recorded_at, event_id) as billing_number
    from billing
),

-- Billing events and payments on one line of time; how many billing events came before is the number of the last.
lined_up as (
    select
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as payment_event_id,
        occurred_at as placed_at,
        0 as is_payment
    from billing
    union all
    select
        subscription_id,
        event_id as payment_event_id,
        occurred_at + interval '12' hour as placed_at,
        1 as is_payment
    from payments
    where event_type = 'succeeded' and subscription_id is not null
),

counted as (
    select
        subscription_id,
        payment_event_id,
        is_payment,
        greatest(
            sum(1 - is_payment) over (
                partition by subscription_id order by placed_at, is_payment rows unbounded preceding
            ), 1
        ) as billing_number
    from lined_up
),

periods as (
    select
        counted.payment_event_id as event_id,
        numbered.period_from,
        numbered.period_end
    from counted
    inner join numbered
        on counted.subscription_id = numbered.subscription_id and counted.billing_number = numbered.billing_number
    where counted.is_payment = 1
),

access as (
    select
        event_id,
        access_start,
        access_end
    from {{ ref('stg_payment_events') }}
    where
        access_end > access_start
    {%- if is_incremental_model() %}
        and event_id in (select payments.event_id from payments)
        {%- endif %}
),

successes as (
    select
        payments.event_id,
        payments.occurred_at,
        payments.purchase_id,
        payments.customer_id,
        payments.product_kind,
        payments.revenue_reporting,
        coalesce(access.access_start, periods.period_from) as paid_from,
        coalesce(access.access_end, periods.period_end) as paid_to,
        stops.stopped_at
    from payments
    left join access on payments.event_id = access.event_id
    left join periods on payments.event_id = periods.event_id
    left join {{ ref('int_revenue_service_stops') }} as stops
        on access.event_id is null
            and payments.subscription_id = stops.subscription_id
            and periods.period_from <= stops.stopped_at
            and periods.period_end > stops.stopped_at
            and (stops.resumed_at is null or periods.period_end <= stops.resumed_at)
    where payments.event_type = 'succeeded'
)

select
    event_id,
    purchase_id,
    customer_id,
    occurred_at,
    coalesce(product_kind, '(none)') as product_kind,
    revenue_reporting,
    paid_from,
    paid_to,
    stopped_at
from successes
union all
select
    payments.event_id,
    payments.purchase_id,
    payments.customer_id,
    payments.occurred_at,
    coalesce(payments.product_kind, '(none)') as product_kind,
    payments.revenue_reporting,
    successes.paid_from,
    successes.paid_to,
    successes.stopped_at
from payments
left join {{ ref('int_reversals') }} as reversals on payments.event_id = reversals.event_id
left join successes on reversals.payment_event_id = successes.event_id
where payments.event_type <> 'succeeded'
