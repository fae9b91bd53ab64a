select
    tickets.ticket_id,
    coalesce(aliases.customer_id, tickets.customer_id) as customer_id,
    tickets.opened_at,
    tickets.closed_at,
    tickets.channel,
    tickets.topic,
    tickets.body,
    tickets.csat,
    tickets.recorded_at
from (
    {{
        newest_known(
            source('raw', 'support_tickets'),
            key=['ticket_id'],
            columns=[
                'ticket_id', 'customer_id', 'opened_at', 'closed_at', 'channel', 'topic', 'body', 'csat', 'recorded_at',
            ],
            tie_break=[
                'closed_at desc', 'customer_id desc', 'opened_at desc', 'channel desc', 'topic desc', 'body desc',
                'csat desc', 'extra desc',
            ],
            happened_at='opened_at',
        )
    }}
) as tickets
left join {{ ref('stg_customer_aliases') }} as aliases on tickets.customer_id = aliases.alias
