/*
    What followed an action: whether its customer had MRR at the close of the 30th day after, and whether it was lost
    within. Only actions of known customers whose 30 days have closed are followed.
*/
with actions as (
    select
        events.event_id,
        events.event_type as action,
        events.occurred_at,
        {{ report_date('events.occurred_at') }} as action_date,
        coalesce(named.customer_id, events.customer_id, linked.customer_id, links.customer_id) as customer_id,
        events.visitor_id,
        events.offer_id,
        events.channel,
        events.device
    from {{ ref('stg_journey_events') }} as events
    left join {{ ref('int_journey_links') }} as links on events.visitor_id = links.visitor_id
    left join {{ ref('stg_customer_aliases') }} as named on events.customer_id = named.alias
    left join {{ ref('stg_customer_aliases') }} as linked on links.customer_id = linked.alias
    where events.event_type in ({{ account_actions() }})
),

dated as (
    select
        *,
        {{ date_plus('action_date', 30, 'day') }} as followed_until,
        customer_id is not null
        and {{ date_plus('action_date', 30, 'day') }} < {{ report_date(as_of()) }} as is_followed
    from actions
),

paying as (
    select dated.event_id
    from dated
    inner join {{ ref('fct_paying_spans') }} as spans
        on dated.customer_id = spans.customer_id
            and dated.followed_until >= spans.valid_from
            and (spans.valid_to is null or dated.followed_until < spans.valid_to)
    where dated.is_followed
),

churned as (
    select distinct dated.event_id
    from dated
    inner join {{ ref('int_mrr_movements') }} as movements
        on dated.customer_id = movements.customer_id
            and dated.action_date <= movements.movement_date
            and dated.followed_until >= movements.movement_date
    where dated.is_followed and movements.movement_type = 'churn'
)

select
    dated.event_id,
    dated.customer_id,
    dated.visitor_id,
    dated.action,
    dated.occurred_at,
    dated.action_date,
    dated.offer_id,
    dated.channel,
    dated.device,
    dated.is_followed,
    case when dated.is_followed then paying.event_id is not null end as is_paying_after,
    case when dated.is_followed then churned.event_id is not null end as has_churned_within
from dated
left join paying on dated.event_id = paying.event_id
left join churned on dated.event_id = churned.event_id
