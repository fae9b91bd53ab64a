-- Prevents a next step whose evidence cannot be looked up, or that is for a customer who is deleted.
{{ config(meta={'dagster': {'ref': {'name': 'fct_next_best_steps'}}}) }}
select steps.customer_id
from {{ ref('fct_next_best_steps') }} as steps
left join {{ ref('dim_customers') }} as customers on steps.customer_id = customers.customer_id
left join {{ ref('fct_support_contacts') }} as contacts
    on steps.ticket_id = contacts.ticket_id and steps.customer_id = contacts.customer_id
left join {{ ref('fct_transactions') }} as payments
    on steps.event_id = payments.event_id and steps.customer_id = payments.customer_id
left join {{ ref('fct_subscriptions') }} as subscriptions
    on steps.subscription_id = subscriptions.subscription_id and steps.customer_id = subscriptions.customer_id
where
    customers.customer_id is null
    or customers.status = 'deleted'
    or (steps.ticket_id is not null and contacts.ticket_id is null)
    or (steps.event_id is not null and payments.event_id is null)
    or subscriptions.subscription_id is null
    or subscriptions.status = 'ended'
