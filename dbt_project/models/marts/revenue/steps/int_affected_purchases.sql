/*
    What joins a payment with its refunds and chargebacks, of the payments of which any has an affected customer or
    subscription, or had before: they take their period from one another. A build of everything needs no list.
*/
{%- set customers = ref('int_affected_customers') %}
{%- set subscriptions = ref('int_affected_subscriptions') %}
select distinct purchase_id
from {{ ref('fct_transactions') }}
where
    {%- if is_incremental_build() %}
        customer_id in (select affected.customer_id from {{ customers }} as affected)
        or subscription_id in (select affected.subscription_id from {{ subscriptions }} as affected)
    {%- else %}
        false
    {%- endif %}
{%- if is_incremental_build() %}
union
select purchase_id
from {{ previous_build_table('intermediate', 'int_revenue_paid_periods') }}
where customer_id in (select affected.customer_id from {{ customers }} as affected)
{%- endif %}
