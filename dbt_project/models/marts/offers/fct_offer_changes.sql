/*
    What each day changed in the subscriptions with access (trial, active, grace) on each offer, from the close before
    to its own. Whoever comes and goes within a day is nothing. A switch that was told as the end of one subscription
    and the start of another neither leaves nor starts.
*/
-- Of the pairs, those with access at the close before the one and at that of the other.
with pairs as (
    select
        switched.from_subscription_id,
        switched.to_subscription_id,
        ended.close_date as ended_date,
        opened.close_date as opened_date
    from {{ ref('int_switched_subscriptions') }} as switched
    inner join {{ ref('int_revenue_closings') }} as ended
        on switched.from_subscription_id = ended.subscription_id
            and {{ report_date('switched.ended_at') }} = ended.close_date
    inner join {{ ref('int_revenue_closings') }} as opened
        on switched.to_subscription_id = opened.subscription_id
            and {{ report_date('switched.opened_at') }} = opened.close_date
    where {{ has_access('ended.previous_status') }} and {{ has_access('opened.status') }}
),

closings as (
    select
        closings.subscription_id,
        closings.close_date,
        closings.offer_id,
        closings.previous_offer_id,
        {{ has_access('closings.status') }} as has_access,
        coalesce({{ has_access('closings.previous_status') }}, false) as had_access,
        min(case when {{ has_access('closings.status') }} then closings.close_date end) over (
            partition by closings.subscription_id
        ) as first_access_date,
        ended.from_subscription_id is not null as is_switched_out,
        opened.to_subscription_id is not null as is_switched_in
    from {{ ref('int_revenue_closings') }} as closings
    left join pairs as ended
        on closings.subscription_id = ended.from_subscription_id and closings.close_date = ended.ended_date
    left join pairs as opened
        on closings.subscription_id = opened.to_subscription_id and closings.close_date = opened.opened_date
),

changes as (
    select
        subscription_id,
        close_date,
        offer_id,
        case when not (had_access or is_switched_in) and close_date = first_access_date then 1 else 0 end as started,
        case when not (had_access or is_switched_in) and close_date > first_access_date then 1 else 0 end as returned,
        case when had_access or is_switched_in then 1 else 0 end as switched_in,
        0 as switched_out,
        0 as gone
    from closings
    where has_access and (not had_access or offer_id <> previous_offer_id)
    union all
    select
        subscription_id,
        close_date,
        previous_offer_id as offer_id,
        0 as started,
        0 as returned,
        0 as switched_in,
        case when has_access or is_switched_out then 1 else 0 end as switched_out,
        case when not has_access and not is_switched_out then 1 else 0 end as gone
    from closings
    where had_access and (not has_access or offer_id <> previous_offer_id)
)

select
    changes.close_date,
    changes.subscription_id,
    subscriptions.customer_id,
    changes.offer_id,
    {{ subscription_cuts('subscriptions') }},
    coalesce(customers.country, '(none)') as country,
    coalesce(customers.acquisition_channel, '(none)') as acquisition_channel,
    cast(changes.started as bigint) as started_subscriptions,
    cast(changes.returned as bigint) as returned_subscriptions,
    cast(changes.switched_in as bigint) as switched_in_subscriptions,
    cast(changes.switched_out as bigint) as switched_out_subscriptions,
    cast(changes.gone as bigint) as left_subscriptions,
    cast(
        changes.started + changes.returned + changes.switched_in - changes.switched_out - changes.gone as bigint
    ) as access_change
from changes
left join {{ ref('fct_subscriptions') }} as subscriptions on changes.subscription_id = subscriptions.subscription_id
left join {{ ref('dim_customers') }} as customers on subscriptions.customer_id = customers.customer_id
