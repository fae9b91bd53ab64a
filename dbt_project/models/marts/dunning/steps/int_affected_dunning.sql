-- The subscriptions whose dunning has to be worked out again: affected themselves, or paid for by somebody affected.
-- A build that computes everything needs no list.
{%- set payments = ref('fct_transactions') %}
{%- set customers = ref('int_affected_customers') %}
select subscription_id
from {{ ref('int_affected_subscriptions') }}
where {{ is_incremental_build() }}
{%- if is_incremental_build() %}
    union
    select subscription_id
    from {{ payments }}
    where
        event_type in ('failed', 'succeeded')
        and subscription_id is not null
        and customer_id in (select affected.customer_id from {{ customers }} as affected)
{%- endif %}
