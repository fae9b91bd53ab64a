-- An assignment follows its person when two identifiers turn out to be one customer.
select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    events.test_id,
    events.variant,
    coalesce(aliases.customer_id, events.customer_id) as customer_id,
    events.visitor_id
from {{ source('raw', 'price_test_assignments') }} as events
left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
where {{ is_known('events.recorded_at', 'events.occurred_at') }}
