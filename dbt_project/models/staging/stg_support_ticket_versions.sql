select
    tickets.ticket_id,
    coalesce(aliases.customer_id, tickets.customer_id) as customer_id,
    tickets.opened_at,
    tickets.csat,
    tickets.recorded_at,
    coalesce({{ is_newly_known('tickets.recorded_at', 'tickets.opened_at') }}, false) as is_newly_known
from {{ source('raw', 'support_tickets') }} as tickets
left join {{ ref('stg_customer_aliases') }} as aliases on tickets.customer_id = aliases.alias
where
    tickets.opened_at <= {{ as_of() }}
    and (tickets.recorded_at is null or tickets.recorded_at <= {{ as_of() }})
