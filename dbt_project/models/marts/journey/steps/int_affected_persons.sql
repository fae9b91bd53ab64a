/*
    Whose journey has to be worked out again: affected customers, visitors with news, and every customer whom the events
    of such a visitor name, since all of them may have been, or be now, whose the visitor's days are.
    A build that computes everything needs no list.
*/
select customer_id as person_id
from {{ ref('int_affected_customers') }}
where {{ is_incremental_build() }}
union
select visitor_id as person_id
from {{ ref('int_affected_visitors') }}
union
select coalesce(aliases.customer_id, steps.customer_id) as person_id
from {{ ref('int_journey_steps') }} as steps
left join {{ ref('stg_customer_aliases') }} as aliases on steps.customer_id = aliases.alias
where
    steps.customer_id is not null
    and steps.visitor_id in (select affected.visitor_id from {{ ref('int_affected_visitors') }} as affected)
