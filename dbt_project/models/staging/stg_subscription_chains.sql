{{ config(materialized='table') }}
-- Loops and branches have no indent that the linter understands.
-- noqa: disable=LT02
/*
    Under which subscription the history of one goes on that a store told under a new id: the first of its chain. The
    event that opens the new one names the one that it replaces, and what is known of both is one history.

    A replacement counts within one customer, if anything is known of the replaced subscription. Of several that one
    names, the first counts, and of several that name one, the first. The chain is followed by steps that double, to at
    most 64 subscriptions; a circle, or what is longer, is left alone. is_newly_chained marks what was another to the
    build before, so that it is worked out again under both names.
*/
{%- set doublings = 6 %}

with named as (
    select
        events.event_id,
        events.subscription_id,
        events.replaces_subscription_id,
        events.occurred_at,
        coalesce(aliases.customer_id, events.customer_id) as customer_id,
        row_number() over (
            partition by events.subscription_id order by events.occurred_at, events.recorded_at, events.event_id
        ) as naming_number
    from {{ source('raw', 'subscription_events') }} as events
    left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
    where
        events.replaces_subscription_id <> events.subscription_id
        and {{ is_known('events.recorded_at', 'events.occurred_at') }}
),

replaced as (
    select distinct
        events.subscription_id,
        coalesce(aliases.customer_id, events.customer_id) as customer_id
    from {{ source('raw', 'subscription_events') }} as events
    left join {{ ref('stg_customer_aliases') }} as aliases on events.customer_id = aliases.alias
    where
        events.subscription_id in (select named.replaces_subscription_id from named)
        and {{ is_known('events.recorded_at', 'events.occurred_at') }}
),

links as (
    select
        named.subscription_id,
        named.replaces_subscription_id as ancestor,
        named.occurred_at as replaced_at,
        row_number() over (
            partition by named.replaces_subscription_id order by named.occurred_at, named.event_id
        ) as successor_number
    from named
    inner join replaced
        on named.replaces_subscription_id = replaced.subscription_id and named.customer_id = replaced.customer_id
    where named.naming_number = 1
),

step_0 as (
    select
        subscription_id,
        ancestor,
        replaced_at
    from links
    where successor_number = 1
),

{%- for step in range(1, doublings + 1) %}
step_{{ step }} as (
    select
        nearer.subscription_id,
        coalesce(further.ancestor, nearer.ancestor) as ancestor
    from step_{{ step - 1 }} as nearer
    left join step_{{ step - 1 }} as further on nearer.ancestor = further.subscription_id
),
{% endfor %}
roots as (
    select
        subscription_id,
        ancestor as root_id
    from step_{{ doublings }}
    where ancestor not in (select step_0.subscription_id from step_0)
),

-- The first of a chain is its own root; every one but the last was replaced at some time.
members as (
    select
        subscription_id,
        root_id
    from roots
    union
    select
        root_id as subscription_id,
        root_id
    from roots
),

chains as (
    select
        members.subscription_id,
        members.root_id,
        successors.replaced_at
    from members
    left join step_0 as successors
        on members.subscription_id = successors.ancestor
            and successors.subscription_id in (select roots.subscription_id from roots)
)

{% if is_incremental_build() -%}
select
    coalesce(chains.subscription_id, earlier.subscription_id) as subscription_id,
    coalesce(chains.root_id, earlier.subscription_id) as root_id,
    chains.replaced_at,
    chains.root_id is distinct from earlier.root_id or chains.replaced_at is distinct from earlier.replaced_at
    as is_newly_chained,
    earlier.root_id as previous_root_id
from chains
full outer join {{ previous_build_table('staging', 'stg_subscription_chains') }} as earlier
    on chains.subscription_id = earlier.subscription_id
{%- else -%}
select
    subscription_id,
    root_id,
    replaced_at,
    false as is_newly_chained,
    cast(null as {{ dbt.type_string() }}) as previous_root_id
from chains
{%- endif %}
