-- The subscriptions whose dunning has to be worked out again: affected themselves, or paid for by somebody affected.
-- A build that computes everything needs no list.
select subscription_id
from {{ ref('int_affected_subscriptions') }}
where {{ continues_a_build() }}
{%- if continues_a_build() %}
    union
    select subscription_id
    from {{ ref('fct_transactions') }}
    where
        event_type in ('failed', 'succeeded')
        and subscription_id is not null
        and customer_id in (select affected.customer_id from {{ ref('int_affected_customers') }} as affected)
{%- endif %}
