{{ config(materialized='incremental') }}
/*
    Every customer whom an accepted row of any feed names, as it names them; whoever asks follows the links. What was
    named once stays named, so a build that continues another adds those who are new.
*/
{%- set columns = {
    'stg_subscription_events': 'sent_customer_id',
    'stg_payment_events': 'sent_customer_id',
    'stg_customer_events': 'sent_customer_id',
    'stg_journey_events': 'customer_id',
    'stg_engagement_versions': 'customer_id',
    'stg_identity_links': 'customer_id',
} %}

with named as (
    {%- for model, column in columns.items() %}
        select {{ column }} as customer_id
        from {{ ref(model) }}
        {%- if is_incremental_model() %}
        where is_newly_known
        {%- endif %}
        union
    {%- endfor %}
    select customer_id
    from {{ ref('stg_named_customers') }}
)

select
    customer_id,
    {{ as_of() }} as computed_as_of
from named
where
    customer_id is not null
{%- if is_incremental_model() %}
    and customer_id not in (select earlier.customer_id from {{ this }} as earlier)
    {%- endif %}
