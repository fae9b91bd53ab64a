/*
    The first variant that a person was put in counts for good: by intention to treat, whatever they saw later. A person
    is the customer, or the one of whom a visitor is by the journey, or a visitor whom nobody knows. Only what was
    assigned while the test ran counts: from its first start to its last stop.
*/
with tests as (
    select
        test_id,
        min(started_at) as started_at,
        case when count(*) = count(stopped_at) then max(stopped_at) end as stopped_at
    from {{ ref('dim_price_tests') }}
    group by test_id
),

owned as (
    select
        events.event_id,
        events.test_id,
        events.variant,
        events.occurred_at,
        events.recorded_at,
        coalesce(events.customer_id, aliases.customer_id, links.customer_id) as customer_id,
        events.visitor_id
    from {{ ref('stg_price_test_assignments') }} as events
    inner join tests
        on events.test_id = tests.test_id
            and events.occurred_at >= tests.started_at
            and (tests.stopped_at is null or events.occurred_at <= tests.stopped_at)
    left join {{ ref('int_journey_links') }} as links on events.visitor_id = links.visitor_id
    left join {{ ref('stg_customer_aliases') }} as aliases on links.customer_id = aliases.alias
),

ranked as (
    select
        *,
        coalesce(customer_id, visitor_id) as person_id,
        customer_id is not null as is_customer,
        row_number() over (
            partition by test_id, coalesce(customer_id, visitor_id), customer_id is not null
            order by occurred_at, recorded_at, event_id
        ) as assignment_number
    from owned
),

variants as (
    select
        test_id,
        person_id,
        is_customer,
        count(distinct variant) > 1 as is_in_two_variants
    from ranked
    group by test_id, person_id, is_customer
)

select
    ranked.test_id,
    ranked.person_id,
    ranked.is_customer,
    ranked.customer_id,
    ranked.variant,
    ranked.occurred_at as assigned_at,
    {{ report_date('ranked.occurred_at') }} as assigned_date,
    variants.is_in_two_variants
from ranked
inner join variants
    on ranked.test_id = variants.test_id
        and ranked.person_id = variants.person_id
        and ranked.is_customer = variants.is_customer
where ranked.assignment_number = 1
