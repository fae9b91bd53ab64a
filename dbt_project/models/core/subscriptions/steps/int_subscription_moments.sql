{{ config(**incremental_by('subscription_id')) }}
{%- set carried = [
    "auto_renew", "period_end", "offer_id", "channel", "provider", "amount", "discount_amount", "discount_ends_at",
    "currency", "billing_interval", "billing_interval_count",
] %}
/*
    Every moment at which a subscription's state may have changed: its counting events, and its lapses, which no
    sender reports. A lapse is dated at the period end, or at the last event if that is later.
*/
with states as (
    select
        states.*,
        rates.rate_to_reporting
    from {{ ref('int_subscription_states') }} as states
    left join {{ ref('int_exchange_rates') }} as rates
        on states.currency = rates.currency and states.rate_date = rates.used_date
    where {{ is_recomputed('subscription_id', 'states') }}
),

moments as (
    select
        subscription_id,
        customer_id,
        occurred_at,
        event_number,
        0 as is_lapse,
        event_id,
        event_type,
        end_reason,
        status,
        {%- for column in carried %}
            {{ column }},
        {%- endfor %}
        rate_to_reporting
    from states
    union all
    select
        subscription_id,
        customer_id,
        greatest(period_end, occurred_at) as occurred_at,
        event_number,
        1 as is_lapse,
        cast(null as {{ dbt.type_string() }}) as event_id,
        'lapsed' as event_type,
        cast(null as {{ dbt.type_string() }}) as end_reason,
        'ended' as status,
        {%- for column in carried %}
            {{ column }},
        {%- endfor %}
        rate_to_reporting
    from states
    where lapses_after
)

select
    *,
    row_number() over history as moment_number,
    lag(status) over history as previous_status,
    lag(auto_renew) over history as previous_auto_renew,
    lead(occurred_at) over history as next_occurred_at,
    {{ as_of() }} as computed_as_of
from moments
window history as (partition by subscription_id order by event_number, is_lapse)
