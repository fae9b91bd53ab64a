{{ config(**incremental_by('subscription_id')) }}
/*
    Trials: the spells that a subscription was in trial, with the end of the trial period and the first MRR after it
    began, if that came in time.

    The trial period ends at the period end in force when the trial was last seen in trial, also when it was left
    earlier, by conversion or an end; without one, when the trial was left.
*/
with moments as (
    select
        subscription_id,
        customer_id,
        moment_number,
        occurred_at,
        next_occurred_at,
        status,
        period_end,
        offer_id,
        channel,
        provider,
        billing_interval,
        billing_interval_count,
        currency,
        lag(status) over (partition by subscription_id order by moment_number) as previous_status
    from {{ ref('int_subscription_moments') }}
    -- A state that was replaced at the same instant was never there.
    where
        (next_occurred_at is null or next_occurred_at > occurred_at)
        and {{ is_recomputed('subscription_id') }}
        and subscription_id in (
            select trials.subscription_id
            from {{ ref('int_subscription_moments') }} as trials
            where trials.status = 'trial'
        )
),

in_trial as (
    select
        *,
        count(case when previous_status is null or previous_status <> 'trial' then 1 end) over (
            partition by subscription_id order by moment_number rows unbounded preceding
        ) as trial_number
    from moments
    where status = 'trial'
),

ranked as (
    select
        *,
        min(occurred_at) over (partition by subscription_id, trial_number) as started_at,
        row_number() over (
            partition by subscription_id, trial_number order by moment_number desc
        ) as rank_from_end
    from in_trial
),

ends as (
    select
        subscription_id,
        customer_id,
        trial_number,
        offer_id,
        channel,
        provider,
        billing_interval,
        billing_interval_count,
        currency,
        started_at,
        next_occurred_at as left_at,
        -- A period end from before the trial cannot end it before it began.
        greatest(coalesce(period_end, next_occurred_at), started_at) as ends_at
    from ranked
    where rank_from_end = 1 and coalesce(period_end, next_occurred_at) is not null
),

conversions as (
    select
        ends.subscription_id,
        ends.trial_number,
        min(spans.valid_from) as converted_at
    from ends
    inner join {{ ref('int_subscription_spans') }} as spans
        on ends.subscription_id = spans.subscription_id
            and ends.started_at <= spans.valid_from
            and {{ plus_days('ends.ends_at', 7) }} >= spans.valid_from
    where spans.mrr > 0 and {{ is_recomputed('subscription_id', 'spans') }}
    group by ends.subscription_id, ends.trial_number
)

select
    ends.subscription_id,
    cast(ends.trial_number as bigint) as trial_number,
    ends.customer_id,
    ends.offer_id,
    ends.channel,
    ends.provider,
    ends.billing_interval,
    ends.billing_interval_count,
    ends.currency,
    ends.started_at,
    ends.left_at,
    ends.ends_at,
    conversions.converted_at
from ends
left join conversions
    on ends.subscription_id = conversions.subscription_id and ends.trial_number = conversions.trial_number
