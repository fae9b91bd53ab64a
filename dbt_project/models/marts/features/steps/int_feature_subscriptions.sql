{{ config(**incremental_features()) }}
/*
    The subscription that brings each customer most, as known at the close of each feature day: live ones first, then
    the larger price after discount, then the smaller subscription_id.

    An event that was recorded later than a day takes no part in it. Where one lies before the close of a past day, what
    was known then cannot be told from what is known now, and the customer is left out of that day.
*/
with late_events as (
    select
        customer_id,
        {{ report_date('occurred_at') }} as occurred_date,
        {{ report_date('recorded_at') }} as recorded_date
    from {{ ref('int_subscription_events_ordered') }}
    where {{ report_date('recorded_at') }} > {{ report_date('occurred_at') }}
),

uncertain as (
    select distinct
        days.feature_date,
        events.customer_id
    from late_events as events
    inner join {{ ref('int_feature_days') }} as days
        on
            events.occurred_date <= days.feature_date
            and events.recorded_date > days.feature_date
            and not days.is_scoring_day
    where {{ is_affected_feature_row('days.feature_date', 'events.customer_id') }}
),

-- Of who is not in the panel only the scoring day is looked at, and so one row of a subscription.
states as (
    select
        history.*,
        coalesce(history.next_date, cast('9999-12-31' as date)) as until_date,
        case
            when panel.customer_id is not null then history.occurred_date
            else greatest(history.occurred_date, {{ report_date(as_of()) }})
        end as from_date
    from {{ ref('int_feature_history') }} as history
    left join {{ ref('int_feature_panel') }} as panel
        on history.customer_id = panel.customer_id and panel.is_in_panel
),

known as (
    select
        days.feature_date,
        days.is_scoring_day,
        states.*,
        {{ lapses_at('states.period_end', 'states.status') }} as lapses_at,
        states.discount_end_date is null or states.discount_end_date > days.feature_date as is_discounted
    from states
    inner join {{ ref('int_feature_days') }} as days
        on states.from_date <= days.feature_date and states.until_date > days.feature_date
    left join uncertain
        on states.customer_id = uncertain.customer_id and days.feature_date = uncertain.feature_date
    where
        states.from_date < states.until_date
        and uncertain.customer_id is null
        and {{ is_affected_feature_row('days.feature_date', 'states.customer_id') }}
),

standing as (
    select
        *,
        case
            when
                {{ report_date('lapses_at') }} <= feature_date
                and lapses_at < {{ as_of() }}
                then 'ended'
            else status
        end as status_known,
        case when is_discounted then least(coalesce(discount_amount / nullif(amount, 0), 0), 1) else 0 end
            as discount_share
    from known
),

priced as (
    select
        *,
        {{ is_paying('status_known') }}
        and coalesce(case when is_discounted then has_discounted_price else has_price end, false) as is_live,
        amount / billing_months as monthly_price,
        coalesce(amount / billing_months * (1 - discount_share), 0) as monthly_net
    from standing
),

ranked as (
    select
        *,
        count(case when is_live then 1 end) over (partition by feature_date, customer_id) as live_subscriptions,
        row_number() over (
            partition by feature_date, customer_id order by is_live desc, monthly_net desc, subscription_id asc
        ) as place
    from priced
)

select
    feature_date,
    is_scoring_day,
    customer_id,
    subscription_id,
    live_subscriptions,
    status_known as status,
    auto_renew,
    case when not auto_renew then {{ days_between('cancel_date', 'feature_date') }} end as days_since_cancel,
    cancel_reverts,
    cancellations,
    {{ days_between('cancel_reverted_date', 'feature_date') }} as days_since_cancel_reverted,
    case when status_known = 'grace' then {{ days_between('grace_date', 'feature_date') }} end as days_in_grace,
    grace_spells,
    billing_months,
    monthly_price,
    currency,
    discount_share,
    case
        when discount_end_date > feature_date then {{ days_between('feature_date', 'discount_end_date') }}
    end as days_to_discount_end,
    case
        when discount_end_date <= feature_date then {{ days_between('discount_end_date', 'feature_date') }}
    end as days_since_discount_end,
    {{ days_between('feature_date', report_date('period_end')) }} as days_to_period_end,
    rise_share as price_rise_share,
    {{ days_between('rise_date', 'feature_date') }} as days_since_price_rise,
    price_rises,
    {{ days_between('downgrade_date', 'feature_date') }} as days_since_downgrade,
    began_with_trial,
    began_with_coupon,
    provider,
    channel,
    offer_id
from ranked
where place = 1
