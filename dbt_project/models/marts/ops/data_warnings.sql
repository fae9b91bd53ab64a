-- The sentences are long.
-- noqa: disable=LT05
/*
    What was accepted and looks wrong: nothing is left out of any number for it, and somebody should look. A
    subscription is stale once its last event is an interval and the lapse time ago, if it never had a period end by
    which to lapse; an unknown interval counts as a month.
*/
with last_moments as (
    select *
    from {{ ref('int_subscription_moments') }}
    where next_occurred_at is null and {{ has_access('status') }} and (period_end is null or amount is null)
),

due as (
    select
        *,
        case coalesce(billing_interval, 'month')
            when 'day' then {{ dbt.dateadd('day', 'coalesce(billing_interval_count, 1)', 'occurred_at') }}
            when 'week' then {{ dbt.dateadd('day', '7 * coalesce(billing_interval_count, 1)', 'occurred_at') }}
            when 'month' then {{ dbt.dateadd('month', 'coalesce(billing_interval_count, 1)', 'occurred_at') }}
            when 'year' then {{ dbt.dateadd('year', 'coalesce(billing_interval_count, 1)', 'occurred_at') }}
        end as due_at
    from last_moments
),

kinds as (
    select 'stale' as warning
    union all
    select 'no_price' as warning
),

suspect as (
    select
        kinds.warning,
        due.*
    from due
    inner join kinds
        on (
            kinds.warning = 'stale'
            and due.period_end is null
            and {{ plus_days('due.due_at', var('lapse_days')) }} < {{ as_of() }}
        )
        or (kinds.warning = 'no_price' and due.amount is null and {{ is_paying('due.status') }})
),

warnings as (
    select
        warning,
        'subscription_events' as feed,
        event_id,
        other_event_id,
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as transaction_id,
        customer_id,
        occurred_at
    from {{ ref('int_subscription_warnings') }}
    union all
    select
        warning,
        'payment_events' as feed,
        event_id,
        other_event_id,
        subscription_id,
        transaction_id,
        customer_id,
        occurred_at
    from {{ ref('int_payment_warnings') }}
    union all
    select
        warning,
        'subscription_events' as feed,
        event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        subscription_id,
        cast(null as {{ dbt.type_string() }}) as transaction_id,
        customer_id,
        occurred_at
    from suspect
    union all
    select
        warning,
        'identity_links' as feed,
        cast(null as {{ dbt.type_string() }}) as event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        cast(null as {{ dbt.type_string() }}) as subscription_id,
        cast(null as {{ dbt.type_string() }}) as transaction_id,
        customer_id,
        cast(null as timestamp) as occurred_at
    from {{ ref('int_link_warnings') }}
    union all
    select
        warning,
        'other_events' as feed,
        event_id,
        cast(null as {{ dbt.type_string() }}) as other_event_id,
        subscription_id,
        transaction_id,
        customer_id,
        occurred_at
    from {{ ref('int_void_warnings') }}
)

select
    warning,
    feed,
    event_id,
    other_event_id,
    subscription_id,
    transaction_id,
    customer_id,
    occurred_at,
    case warning
        when 'alike' then 'The event is like the other one in everything but its id: if it was told twice, the sender has to use one id.'
        when 'tie' then 'Nothing but their ids says which of the two came last, and the state depends on it: the sender has to give the time of each more exactly.'
        when 'transaction_twice' then 'The transaction succeeded in two events and counts twice: if it was paid once, the sender has to use one id.'
        when 'stale' then 'The subscription has no period end and was silent for an interval and longer: it counts as it was until the sender says that it ended.'
        when 'no_price' then 'The subscription is paid for at a price that its events do not tell: it has no MRR.'
        when 'link_circle' then 'Identity links lead from this customer in a circle, or over more than four steps: correct one of them.'
        when 'link_of_nobody' then 'No feed names the identifier that this link leads from, but its value is an id of a customer, so the link joins nothing: alias_kind is customer where two such ids are meant.'
        when 'voided' then 'Google took the purchase back and names no amount, and no refund of it was told: fetch its order again and ingest it; until then its money counts.'
    end as meaning
from warnings
