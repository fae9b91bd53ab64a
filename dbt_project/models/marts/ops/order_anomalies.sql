-- An opening event always counts, so an event that does not count and follows one follows an end or a lapse.
with openings as (
    select
        events.subscription_id,
        min(events.event_number) as first_opening_number
    from {{ ref('int_subscription_events_ordered') }} as events
    where
        events.is_opening
        and events.subscription_id in (select listed.subscription_id from {{ ref('sequence_anomalies') }} as listed)
    group by events.subscription_id
)

select
    anomalies.event_id,
    case
        when anomalies.anomaly = 'other_customer' then 'other_customer'
        when events.event_number > openings.first_opening_number then 'after_end'
        else 'before_start'
    end as kind,
    anomalies.subscription_id,
    anomalies.customer_id,
    anomalies.event_type,
    anomalies.occurred_at,
    anomalies.recorded_at
from {{ ref('sequence_anomalies') }} as anomalies
left join {{ ref('int_subscription_events_ordered') }} as events on anomalies.event_id = events.event_id
left join openings on anomalies.subscription_id = openings.subscription_id
