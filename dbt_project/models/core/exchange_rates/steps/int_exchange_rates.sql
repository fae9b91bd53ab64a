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

rates as (
    select
        currency,
        rate_to_reporting,
        rate_date,
        row_number() over (partition by currency order by rate_date) as rate_number,
        lead(rate_date) over (partition by currency order by rate_date) as next_rate_date
    from {{ ref('stg_fx_rates') }}
),

valued as (
    select
        used.currency,
        used.used_date,
        case
            when used.currency = '{{ build_variable("reporting_currency") }}' then cast(1 as decimal(28, 12))
            else rates.rate_to_reporting
        end as rate_to_reporting
    from used
    left join rates
        on used.currency = rates.currency
            and (used.used_date >= rates.rate_date or rates.rate_number = 1)
            and (used.used_date < rates.next_rate_date or rates.next_rate_date is null)
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
