/*
    How far a person has come, and since when: the first day of each rung. A rung is never lost again. An event is that
    of the customer it names, else of the customer of whom its visitor is, else of the visitor.
*/
with events as (
    select
        journey.event_id,
        journey.event_type,
        journey.occurred_at,
        journey.recorded_at,
        journey.visitor_id,
        coalesce(aliases.customer_id, journey.customer_id) as customer_id
    from {{ ref('stg_journey_events') }} as journey
    left join {{ ref('stg_customer_aliases') }} as aliases on journey.customer_id = aliases.alias
),

links as (
    select
        visitor_id,
        customer_id,
        row_number() over (partition by visitor_id order by occurred_at, recorded_at, event_id) as link_number
    from events
    where customer_id is not null
),

steps as (
    select
        coalesce(events.customer_id, links.customer_id, events.visitor_id) as person_id,
        coalesce(events.customer_id, links.customer_id) is not null as is_customer,
        case
            when events.event_type in ('visited', 'paywall_viewed') then 1
            when events.event_type = 'registered' then 2
            else 3
        end as rung,
        {{ report_date('events.occurred_at') }} as reached_date
    from events
    left join links on events.visitor_id = links.visitor_id and links.link_number = 1
    union all
    select
        customer_id as person_id,
        true as is_customer,
        2 as rung,
        {{ report_date('occurred_at') }} as reached_date
    from {{ ref('stg_customer_events') }}
    union all
    select
        customer_id as person_id,
        true as is_customer,
        3 as rung,
        {{ report_date('valid_from') }} as reached_date
    from {{ ref('fct_subscription_periods') }}
    union all
    -- Who has no subscription and yet a payment has gone through a checkout as well.
    select
        customer_id as person_id,
        true as is_customer,
        3 as rung,
        {{ report_date('occurred_at') }} as reached_date
    from {{ ref('fct_transactions') }}
    where
        customer_id is not null
        and customer_id not in (select periods.customer_id from {{ ref('fct_subscription_periods') }} as periods)
    union all
    select
        customer_id as person_id,
        true as is_customer,
        case when movement_type = 'new' then 4 else 5 end as rung,
        movement_date as reached_date
    from {{ ref('int_mrr_movements') }}
    where movement_type in ('new', 'reactivation')
)

select
    person_id,
    is_customer,
    rung,
    min(reached_date) as reached_date
from steps
group by person_id, is_customer, rung
