{{ config(**incremental_by('person_id')) }}
/*
    How far a person has come, and since when: the first day of each rung. A rung is never lost again. An event is that
    of the customer it names, else of the customer of whom its visitor is, else of the visitor.
*/
with owned as (
    select
        coalesce(named.customer_id, steps.customer_id, linked.customer_id, links.customer_id) as customer_id,
        steps.visitor_id,
        steps.rung,
        steps.reached_date
    from {{ ref('int_journey_steps') }} as steps
    left join {{ ref('int_journey_links') }} as links on steps.visitor_id = links.visitor_id
    left join {{ ref('stg_customer_aliases') }} as named on steps.customer_id = named.alias
    left join {{ ref('stg_customer_aliases') }} as linked on links.customer_id = linked.alias
),

steps as (
    select
        coalesce(customer_id, visitor_id) as person_id,
        customer_id is not null as is_customer,
        rung,
        reached_date
    from owned
    where {{ is_affected('person_id', 'coalesce(customer_id, visitor_id)') }}
    union all
    select
        customer_id as person_id,
        true as is_customer,
        2 as rung,
        {{ report_date('occurred_at') }} as reached_date
    from {{ ref('stg_customer_events') }}
    where {{ is_affected('person_id', 'customer_id') }}
    union all
    select
        customer_id as person_id,
        true as is_customer,
        3 as rung,
        {{ report_date('valid_from') }} as reached_date
    from {{ ref('fct_subscription_periods') }}
    where {{ is_affected('person_id', 'customer_id') }}
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
        and {{ is_affected('person_id', 'customer_id') }}
        and customer_id not in (
            select periods.customer_id from {{ ref('fct_subscription_periods') }} as periods
            where {{ is_affected('person_id', 'periods.customer_id') }}
        )
    union all
    select
        customer_id as person_id,
        true as is_customer,
        case when movement_type = 'new' then 4 else 5 end as rung,
        movement_date as reached_date
    from {{ ref('int_mrr_movements') }}
    where movement_type in ('new', 'reactivation') and {{ is_affected('person_id', 'customer_id') }}
)

select
    person_id,
    is_customer,
    rung,
    min(reached_date) as reached_date
from steps
group by person_id, is_customer, rung
