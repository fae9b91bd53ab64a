{{ config(**incremental_by('customer_id')) }}
-- What the customer events say of a customer by now: the last word on each attribute.
with latest as (
    select
        customer_id,
        event_type,
        occurred_at,
        last_value(email ignore nulls) over history as email,
        last_value(country ignore nulls) over history as country,
        last_value(locale ignore nulls) over history as locale,
        last_value(marketing_consent ignore nulls) over history as marketing_consent,
        {%- for column in ['phone', 'first_name', 'last_name', 'city', 'region', 'postal_code'] %}
            last_value({{ column }} ignore nulls) over history as {{ column }},
        {%- endfor %}
        first_value(acquisition_channel ignore nulls) over history as acquisition_channel,
        first_value(acquisition_campaign ignore nulls) over history as acquisition_campaign,
        row_number() over (partition by customer_id order by occurred_at, recorded_at, event_id) as event_number
    from {{ ref('stg_customer_events') }}
    where {{ is_affected('customer_id') }}
    window history as (
        partition by customer_id
        order by occurred_at, recorded_at, event_id
        rows between unbounded preceding and unbounded following
    )
)

select
    customer_id,
    min(case when event_type = 'registered' then occurred_at end) as registered_at,
    max(case when event_type = 'deleted' then occurred_at end) as deleted_at,
    max(case when event_number = 1 then email end) as email,
    max(case when event_number = 1 then country end) as country,
    max(case when event_number = 1 then locale end) as locale,
    max(case when event_number = 1 then case when marketing_consent then 1 else 0 end end) = 1 as marketing_consent,
    max(case when event_number = 1 then acquisition_channel end) as acquisition_channel,
    max(case when event_number = 1 then acquisition_campaign end) as acquisition_campaign,
    {%- for column in ['phone', 'first_name', 'last_name', 'city', 'region', 'postal_code'] %}
        max(case when event_number = 1 then {{ column }} end) as {{ column }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
from latest
group by customer_id
