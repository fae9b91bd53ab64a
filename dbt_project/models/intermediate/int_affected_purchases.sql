/*
    What joins a payment with its refunds and chargebacks, of the payments of which any has an affected customer or
    subscription: they take their period from one another. A build that computes everything needs no list.
*/
{%- set customers = ref('int_affected_customers') %}
{%- set subscriptions = ref('int_affected_subscriptions') %}
select distinct {{ purchase_of() }} as purchase_id
from {{ ref('fct_transactions') }}
where
    {%- if continues_a_build() %}
        customer_id in (select affected.customer_id from {{ customers }} as affected)
        or subscription_id in (select affected.subscription_id from {{ subscriptions }} as affected)
    {%- else %}
        false
    {%- endif %}
