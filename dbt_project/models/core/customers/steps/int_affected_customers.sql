-- The customers of the affected subscriptions, as they were and as they are, and those with news of their own.
{%- set subscriptions = ref('int_affected_subscriptions') %}
{%- set identifiers = ref('int_affected_identifiers') %}
{%- set rates = ref('int_exchange_rates') %}
{%- set named = ref('int_named_ids') %}
{%- set aliases = ref('stg_customer_aliases') %}
{%- set reversals = ref('int_reversals') %}
{%- set values = ref('int_reversal_values') %}
{%- if not is_incremental_build() %}
    select distinct customer_id
    from {{ ref('int_subscription_events_ordered') }}
    union
    select distinct customer_id
    from {{ ref('stg_payment_events') }}
    union
    select distinct customer_id
    from {{ ref('stg_customer_events') }}
    union
    select customer_id
    from {{ ref('int_named_ids') }}
{%- else %}
select previous_customer_id as customer_id
from {{ subscriptions }}
where previous_customer_id is not null
union
select customer_id
from {{ ref('int_subscription_events_ordered') }}
where subscription_id in (select subscription_id from {{ subscriptions }})
union
select customer_id
from {{ ref('stg_payment_events') }}
where is_newly_known
union
select customer_id
from {{ ref('stg_customer_events') }}
where is_newly_known
union
select coalesce(aliases.customer_id, named.customer_id) as customer_id
from {{ named }} as named
left join {{ aliases }} as aliases on named.customer_id = aliases.alias
where named.computed_as_of = {{ as_of() }}
union
select customer_id
from {{ identifiers }}
union
select payments.customer_id
from {{ ref('stg_payment_events') }} as payments
inner join {{ rates }} as rates
    on payments.currency = rates.currency and {{ report_date('payments.occurred_at') }} = rates.used_date
where rates.has_changed
union
select customer_id
from {{ reversals }}
where event_id in (select event_id from {{ values }} where has_news)
{%- endif %}
