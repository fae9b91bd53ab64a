/*
    What followed what customers did in their account: whether they had MRR at the close of the 30th day after, and
    whether they lost it within. Only actions of known customers whose 30 days have closed are followed.
*/
with actions as (
    select
        events.event_type as action,
        {{ report_date('events.occurred_at') }} as action_date,
        coalesce(named.customer_id, events.customer_id, linked.customer_id, links.customer_id) as customer_id,
        events.event_id
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
    {{ month_of('dated.action_date') }} as month,
    dated.action,
    cast(count(*) as bigint) as actions,
    cast(count(distinct dated.customer_id) as bigint) as customers,
    cast(sum(case when dated.is_followed then 1 else 0 end) as bigint) as followed,
    cast(count(paying.event_id) as bigint) as paying_after,
    cast(count(churned.event_id) as bigint) as churned_within,
    {{ ratio('count(paying.event_id)', 'sum(case when dated.is_followed then 1 else 0 end)') }} as paying_after_rate,
    {{ ratio('count(churned.event_id)', 'sum(case when dated.is_followed then 1 else 0 end)') }} as churned_within_rate
from dated
left join paying on dated.event_id = paying.event_id
left join churned on dated.event_id = churned.event_id
group by {{ month_of('dated.action_date') }}, dated.action
