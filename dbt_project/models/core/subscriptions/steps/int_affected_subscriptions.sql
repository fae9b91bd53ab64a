/*
    What the chain from events to movements has to compute again for a subscription to be right, given the build
    before: its own new events, the clock passing a lapse or the end of a discount, or an exchange rate that changed.

    Only the last moment of a subscription waits for the clock: whatever follows a moment was known by then.
*/
{%- set rates = ref('int_exchange_rates') %}
{%- set chains = ref('stg_subscription_chains') %}
{%- if not is_incremental_build() %}
    select distinct
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as previous_customer_id
    from {{ ref('stg_subscription_events') }}
{%- else %}
with affected as (
    select subscription_id
    from {{ ref('stg_subscription_events') }}
    where is_newly_known
    union
    select subscription_id
    from {{ previous_build_table('intermediate', 'int_subscription_moments') }}
    where
        next_occurred_at is null
        and (
            (
                {{ lapses_at('period_end', 'status') }} >= {{ previous_as_of() }}
                and {{ lapses_at('period_end', 'status') }} < {{ as_of() }}
            )
            or (discount_ends_at > {{ previous_as_of() }} and discount_ends_at <= {{ as_of() }})
        )
    union
    select subscription_id
    from {{ chains }}
    where is_newly_chained
    union
    select previous_root_id as subscription_id
    from {{ chains }}
    where is_newly_chained and previous_root_id is not null
    union
    select states.subscription_id
    from {{ previous_build_table('intermediate', 'int_subscription_states') }} as states
    inner join {{ rates }} as rates
        on states.currency = rates.currency and states.rate_date = rates.used_date
    where rates.has_changed
),

owners as (
    select distinct
        subscription_id,
        customer_id
    from {{ previous_build_table('intermediate', 'int_subscription_events_ordered') }}
)

select
    affected.subscription_id,
    owners.customer_id as previous_customer_id
from affected
left join owners on affected.subscription_id = owners.subscription_id
{%- endif %}
