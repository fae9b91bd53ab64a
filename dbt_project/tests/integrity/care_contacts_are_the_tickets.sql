-- Prevents tickets lost or doubled on the way to the contacts, and topics that no longer are those that were fed.
{{ config(meta={'dagster': {'ref': {'name': 'fct_support_contacts'}}}) }}
select coalesce(tickets.ticket_id, contacts.ticket_id) as ticket_id
from {{ ref('stg_support_tickets') }} as tickets
full outer join {{ ref('fct_support_contacts') }} as contacts on tickets.ticket_id = contacts.ticket_id
where
    tickets.ticket_id is null
    or contacts.ticket_id is null
    or contacts.customer_id <> tickets.customer_id
    or (tickets.topic is not null and (contacts.topic <> tickets.topic or contacts.topic_source <> 'labelled'))
    or (tickets.topic is null and contacts.topic_source = 'labelled')
