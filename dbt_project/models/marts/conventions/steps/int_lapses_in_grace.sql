/*
    Lapses in grace: by some definitions the subscription is past due until told otherwise, by an opening event or by a
    late end, which changes nothing by the default.
*/
with late_ends as (
    select
        subscription_id,
        occurred_at
    from {{ ref('int_subscription_events_counted') }}
    where event_type = 'ended' and not is_counted
)

select
    moments.subscription_id,
    moments.moment_number,
    min(late_ends.occurred_at) as ended_at
from {{ ref('int_subscription_moments') }} as moments
left join late_ends
    on moments.subscription_id = late_ends.subscription_id and moments.occurred_at <= late_ends.occurred_at
where moments.event_type = 'lapsed' and moments.previous_status = 'grace'
group by moments.subscription_id, moments.moment_number
