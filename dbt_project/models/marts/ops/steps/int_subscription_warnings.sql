{{ config(**incremental_by('subscription_id')) }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    Events of one subscription at one instant that may not be what they say: alike but for their id, of which the second
    is suspect; and such as would leave another state in another order, where nothing but their ids orders them.
*/
{%- set content = [
    "event_type", "offer_id", "amount", "discount_amount", "discount_ends_at", "currency", "billing_interval",
    "billing_interval_count", "period_end", "channel", "provider", "country", "coupon_code", "end_reason",
] %}

with crowded as (
    select
        subscription_id,
        occurred_at
    from {{ ref('int_subscription_events_ordered') }}
    where {{ is_recomputed('subscription_id') }}
    group by subscription_id, occurred_at
    having count(*) > 1
),

together as (
    select
        events.*,
        {{ status_set_by('events.event_type') }} as status_set,
        case when events.sets_price then coalesce(events.amount, -1) end as price_set,
        row_number() over copies as copy_number,
        first_value(events.event_id) over copies as first_copy
    from {{ ref('int_subscription_events_ordered') }} as events
    inner join crowded
        on events.subscription_id = crowded.subscription_id and events.occurred_at = crowded.occurred_at
    where {{ is_recomputed('subscription_id', 'events') }}
    window
        copies as (
            partition by
                events.subscription_id,
                events.occurred_at,
                {%- for column in content %}
                    events.{{ column }}{{ "," if not loop.last }}
                {%- endfor %}
            order by events.event_number
        )
),

neighbours as (
    select
        *,
        lag(event_id) over same_instant as previous_event_id,
        lag(recorded_at) over same_instant as previous_recorded_at,
        lag(status_set) over same_instant as previous_status_set,
        lag(price_set) over same_instant as previous_price_set
    from together
    where copy_number = 1
    window same_instant as (partition by subscription_id, occurred_at order by event_number)
)

select
    'alike' as warning,
    event_id,
    first_copy as other_event_id,
    subscription_id,
    customer_id,
    occurred_at
from together
where copy_number > 1
union all
select
    'tie' as warning,
    event_id,
    previous_event_id as other_event_id,
    subscription_id,
    customer_id,
    occurred_at
from neighbours
where
    recorded_at = previous_recorded_at
    and (status_set <> previous_status_set or price_set <> previous_price_set)
