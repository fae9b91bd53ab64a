/*
    Plan changes that a store told as the end of one subscription and the start of another, without a word of how the
    two belong together: the end has the reason switched, and the customer's other subscription at that provider opened
    for the first time within a minute of it. Both stay subscriptions of their own, and what counts switches and
    conversions reads them together. Where an event names what it replaces, the two are one subscription already.
*/
{%- set seconds = 60 %}

with ends as (
    select
        subscription_id,
        customer_id,
        coalesce(provider, '(none)') as provider,
        occurred_at,
        previous_status
    from {{ ref('int_subscription_moments') }}
    where event_type = 'ended' and end_reason = 'switched' and next_occurred_at is null
),

openings as (
    select
        subscription_id,
        customer_id,
        coalesce(provider, '(none)') as provider,
        occurred_at,
        status
    from {{ ref('int_subscription_moments') }}
    where moment_number = 1 and customer_id in (select ends.customer_id from ends)
),

pairs as (
    select
        ends.customer_id,
        ends.subscription_id as from_subscription_id,
        openings.subscription_id as to_subscription_id,
        ends.occurred_at as ended_at,
        openings.occurred_at as opened_at,
        ends.previous_status = 'trial' and openings.status = 'trial' as goes_on_in_trial,
        row_number() over (
            partition by ends.subscription_id
            order by abs({{ seconds_between('ends.occurred_at', 'openings.occurred_at') }}), openings.subscription_id
        ) as opening_rank,
        row_number() over (
            partition by openings.subscription_id
            order by abs({{ seconds_between('ends.occurred_at', 'openings.occurred_at') }}), ends.subscription_id
        ) as end_rank
    from ends
    inner join openings
        on ends.customer_id = openings.customer_id
            and ends.provider = openings.provider
            and ends.subscription_id <> openings.subscription_id
            and abs({{ seconds_between('ends.occurred_at', 'openings.occurred_at') }}) <= {{ seconds }}
)

select
    customer_id,
    from_subscription_id,
    to_subscription_id,
    ended_at,
    opened_at,
    goes_on_in_trial
from pairs
where opening_rank = 1 and end_rank = 1
