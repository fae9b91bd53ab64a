{{ config(**incremental_by('subscription_id')) }}
/*
    For every day on which a subscription lost access and did not have it back at the close: the kind of churn, by the
    best evidence of that day, and the rule that decided. Access is trial, active or grace.

    An episode is a loss of access with what follows until access is back. Of several on a day the last one counts.
*/
with moments as (
    select
        *,
        {{ has_access('status') }} as has_access,
        coalesce({{ has_access('previous_status') }}, false) as had_access,
        {{ report_date('occurred_at') }} as moment_date
    from {{ ref('int_subscription_moments') }}
    where {{ is_recomputed('subscription_id') }}
),

episodes as (
    select
        *,
        count(case when had_access and not has_access then 1 end) over (
            partition by subscription_id order by moment_number rows unbounded preceding
        ) as episode_number,
        row_number() over (
            partition by subscription_id, moment_date order by moment_number desc
        ) as rank_from_close
    from moments
),

closings as (
    select
        subscription_id,
        moment_date,
        episode_number
    from episodes
    where rank_from_close = 1 and not has_access
),

losses as (
    select
        subscription_id,
        customer_id,
        episode_number,
        moment_date as loss_date,
        event_type,
        previous_status,
        previous_auto_renew
    from episodes
    where had_access and not has_access
),

-- After an end nothing counts until access is back, so an episode has one end at most.
ends as (
    select
        subscription_id,
        episode_number,
        moment_date,
        end_reason
    from episodes
    where event_type = 'ended' and not has_access and end_reason is not null
),

evidence as (
    select
        losses.subscription_id,
        losses.customer_id,
        losses.loss_date,
        losses.event_type,
        losses.previous_status,
        losses.previous_auto_renew,
        ends.end_reason
    from losses
    inner join closings
        on losses.subscription_id = closings.subscription_id
            and losses.loss_date = closings.moment_date
            and losses.episode_number = closings.episode_number
    left join ends
        on losses.subscription_id = ends.subscription_id
            and losses.loss_date = ends.moment_date
            and losses.episode_number = ends.episode_number
)

select
    subscription_id,
    customer_id,
    loss_date,
    {{ churn_kind('end_reason', 'event_type', 'previous_status', 'previous_auto_renew') }} as churn_kind,
    {{ churn_rule('end_reason', 'event_type', 'previous_status', 'previous_auto_renew') }} as churn_rule
from evidence
