{{ config(**incremental_by('visitor_id')) }}
-- The earliest event that names a customer decides whose a visitor's other days are.
with links as (
    select
        visitor_id,
        customer_id,
        row_number() over (partition by visitor_id order by occurred_at, recorded_at, event_id) as link_number
    from {{ ref('stg_journey_events') }}
    where customer_id is not null and {{ is_affected('visitor_id') }}
)

select
    visitor_id,
    customer_id
from links
where link_number = 1
