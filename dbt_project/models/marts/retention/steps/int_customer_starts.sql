{{ config(**incremental_by('customer_id')) }}
/*
    Everybody who ever had MRR, as they were at the close of their first day with it. What a cut takes later tells of
    their fate: a coupon that is given to those about to leave would make a cohort of the rescued.
*/
with lifetimes as (
    select
        customer_id,
        min(movement_date) as first_paid_date,
        min(case when movement_type = 'churn' then movement_date end) as first_churn_date,
        sum(case when movement_number = 1 then mrr_change else 0 end) as opening_mrr
    from {{ ref('int_mrr_movements') }}
    where {{ is_affected('customer_id') }}
    group by customer_id
),

-- At the close of that day, the subscription that brought most of the MRR.
first_subscriptions as (
    select
        lifetimes.customer_id,
        spans.offer_id,
        spans.channel,
        {{ interval_name('spans.billing_interval', 'spans.billing_interval_count') }} as interval_name,
        {{ renewal_months('spans.billing_interval', 'spans.billing_interval_count') }} as renewal_months,
        row_number() over (
            partition by lifetimes.customer_id order by spans.mrr desc, spans.subscription_id asc
        ) as subscription_rank
    from lifetimes
    inner join {{ ref('int_subscription_spans') }} as spans
        on lifetimes.customer_id = spans.customer_id
            and lifetimes.first_paid_date = {{ report_date('spans.valid_from') }}
    where
        (spans.valid_to is null or {{ report_date('spans.valid_to') }} > lifetimes.first_paid_date)
        and {{ is_affected('customer_id', 'spans.customer_id') }}
),

-- The first coupon on the way to it, in a trial or at the start.
coupons as (
    select
        events.customer_id,
        events.coupon_code,
        row_number() over (
            partition by events.customer_id order by events.occurred_at, events.recorded_at, events.event_id
        ) as coupon_rank
    from {{ ref('int_subscription_events_counted') }} as events
    inner join lifetimes
        on events.customer_id = lifetimes.customer_id
            and {{ report_date('events.occurred_at') }} <= lifetimes.first_paid_date
    where
        events.is_counted
        and events.coupon_code is not null
        and {{ is_affected('customer_id', 'events.customer_id') }}
)

select
    lifetimes.customer_id,
    lifetimes.first_paid_date,
    lifetimes.first_churn_date,
    cast(lifetimes.opening_mrr as {{ money() }}) as opening_mrr,
    coalesce(first_subscriptions.offer_id, '(none)') as first_offer,
    coalesce(first_subscriptions.channel, '(none)') as channel,
    coalesce(customers.acquisition_channel, '(none)') as acquisition_channel,
    coalesce(customers.acquisition_campaign, '(none)') as acquisition_campaign,
    coalesce(coupons.coupon_code, '(none)') as first_coupon,
    coalesce(customers.country, '(none)') as country,
    first_subscriptions.interval_name as first_interval,
    first_subscriptions.renewal_months
from lifetimes
inner join first_subscriptions
    on lifetimes.customer_id = first_subscriptions.customer_id and first_subscriptions.subscription_rank = 1
inner join {{ ref('dim_customers') }} as customers on lifetimes.customer_id = customers.customer_id
left join coupons on lifetimes.customer_id = coupons.customer_id and coupons.coupon_rank = 1
