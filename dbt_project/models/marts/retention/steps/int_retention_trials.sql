{{ config(materialized='view') }}
/*
    What became of a trial is the one thing about it that the clock alone changes, and another subscription: of a trial
    that was switched to a plan under another id, the first MRR of that one converts it, and one that goes on there in
    trial is not a trial of its own.
*/
with first_mrr as (
    select
        subscription_id,
        min(valid_from) as valid_from
    from {{ ref('int_subscription_spans') }}
    where
        mrr > 0
        and subscription_id in (
            select listed.to_subscription_id from {{ ref('int_switched_subscriptions') }} as listed
        )
    group by subscription_id
),

switched as (
    select
        pairs.from_subscription_id,
        pairs.ended_at,
        pairs.goes_on_in_trial,
        first_mrr.valid_from as converted_at
    from {{ ref('int_switched_subscriptions') }} as pairs
    left join first_mrr on pairs.to_subscription_id = first_mrr.subscription_id
),

trials as (
    select
        spells.subscription_id,
        spells.trial_number,
        spells.customer_id,
        spells.offer_id,
        spells.channel,
        spells.provider,
        spells.billing_interval,
        spells.billing_interval_count,
        spells.currency,
        spells.started_at,
        spells.left_at,
        spells.ends_at,
        coalesce(
            spells.converted_at,
            case when switched.converted_at <= {{ plus_days('spells.ends_at', 7) }} then switched.converted_at end
        ) as converted_at
    from {{ ref('int_retention_trial_spells') }} as spells
    left join switched
        on spells.subscription_id = switched.from_subscription_id and spells.left_at = switched.ended_at
    where not coalesce(switched.goes_on_in_trial, false)
)

select
    *,
    case
        when ends_at > {{ as_of() }} then 'running'
        when converted_at is not null then 'converted'
        when {{ plus_days('ends_at', 7) }} < {{ as_of() }} then 'lost'
        else 'undecided'
    end as outcome
from trials
