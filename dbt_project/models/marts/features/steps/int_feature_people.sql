{{ config(**incremental_features()) }}
/*
    What was said by a feature day of those who pay on it: the last country, and what they were first acquired through.
    A move to another country counts from the day on which it was recorded.
*/
{%- set known_order = ordered_values(['events.occurred_at', 'events.recorded_at', 'events.event_id']) %}

select
    customers.feature_date,
    customers.customer_id,
    max_by(events.country, case when events.country is not null then {{ known_order }} end) as country,
    {%- for name in ['acquisition_channel', 'acquisition_campaign'] %}
        min_by(events.{{ name }}, case when events.{{ name }} is not null then {{ known_order }} end) as {{ name }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
from {{ ref('int_feature_customers') }} as customers
inner join {{ ref('stg_customer_events') }} as events
    on
        customers.customer_id = events.customer_id
        and customers.feature_date >= {{ report_date('greatest(events.occurred_at, events.recorded_at)') }}
where {{ is_affected_feature_row('customers.feature_date', 'customers.customer_id') }}
group by customers.feature_date, customers.customer_id
