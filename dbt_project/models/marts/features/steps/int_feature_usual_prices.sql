/*
    The price a month of the usual customer of a feature day, by currency. A build that continues another notes where it
    has changed, since everybody is measured by it.
*/
{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }}
with usual as (
    select
        customers.feature_date,
        subscriptions.currency,
        median(subscriptions.monthly_price) as median_price
    from {{ ref('int_feature_customers') }} as customers
    left join {{ ref('int_feature_subscriptions') }} as subscriptions
        on customers.feature_date = subscriptions.feature_date and customers.customer_id = subscriptions.customer_id
    group by customers.feature_date, subscriptions.currency
)

select
    usual.feature_date,
    usual.currency,
    usual.median_price,
    {% if is_incremental_model() -%}
    coalesce(usual.median_price <> earlier.median_price, false) as has_changed
    {%- else -%}
        false as has_changed
    {%- endif %}
from usual
{%- if is_incremental_model() %}
left join {{ this }} as earlier
    on usual.feature_date = earlier.feature_date and usual.currency = earlier.currency
{%- endif %}
