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
