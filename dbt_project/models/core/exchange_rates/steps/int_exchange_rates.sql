/*
    The exchange rate of every currency on every day that needs one, because a price was set or a payment made:
    the latest on or before the day, the earliest if there is none, 1 for the reporting currency.
    A build that continues another adds the days of what is new, and values every day again: a rate may come late.
*/
{{ config(materialized='incremental', incremental_strategy='insert_overwrite') }}
with used as (
    select
        currency,
        {{ report_date('occurred_at') }} as used_date
    from {{ ref('stg_subscription_events') }}
    where
        {{ sets_price_type('event_type') }}
        and currency is not null
    {%- if is_incremental_model() %} and is_newly_known {%- endif %}
    union
    select
        currency,
        {{ report_date('occurred_at') }} as used_date
    from {{ ref('stg_payment_events') }}
    {%- if is_incremental_model() %}
    where is_newly_known
    union
    select
        currency,
        used_date
    from {{ this }}
    {%- endif %}
),

valued as (
    {{ rates_on('used') }}
)

select
    valued.currency,
    valued.used_date,
    valued.rate_to_reporting,
    {% if is_incremental_model() -%}
    coalesce(valued.rate_to_reporting <> earlier.rate_to_reporting, false) as has_changed
    {%- else -%}
        false as has_changed
    {%- endif %}
from valued
{%- if is_incremental_model() %}
left join {{ this }} as earlier
    on valued.currency = earlier.currency and valued.used_date = earlier.used_date
{%- endif %}
