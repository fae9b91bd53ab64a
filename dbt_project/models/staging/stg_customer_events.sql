select
    events.event_id,
    events.event_type,
    events.occurred_at,
    events.recorded_at,
    coalesce(aliases.customer_id, events.customer_id) as customer_id,
    events.customer_id as sent_customer_id,
    events.email,
    events.country,
    events.locale,
    events.birth_year,
    events.marketing_consent,
    events.acquisition_channel,
    events.acquisition_campaign,
    events.phone,
    events.first_name,
    events.last_name,
    events.city,
    events.region,
    events.postal_code,
    coalesce(aliases.is_newly_linked, false)
    or {{ is_newly_known('events.recorded_at', 'events.occurred_at') }} as is_newly_known
from {{ source('raw', 'customer_events') }} as events
left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
where {{ is_known('events.recorded_at', 'events.occurred_at') }}
