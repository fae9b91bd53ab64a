{{ config(**incremental_by('subscription_id')) }}
with ranked as (
    select
        *,
        row_number() over (partition by subscription_id order by moment_number desc) as rank_from_latest,
        min(occurred_at) over (partition by subscription_id) as started_at
    from {{ ref('int_subscription_moments') }}
    where {{ is_recomputed('subscription_id') }}
),

current_spans as (
    select
        subscription_id,
        mrr
    from {{ ref('int_subscription_spans') }}
    where valid_to is null and {{ is_recomputed('subscription_id') }}
)

select
    ranked.subscription_id,
    ranked.customer_id,
    ranked.status,
    ranked.auto_renew,
    ranked.offer_id,
    ranked.channel,
    ranked.provider,
    ranked.started_at,
    ranked.period_end,
    case when ranked.status = 'ended' then ranked.occurred_at end as ended_at,
    case
        when ranked.status = 'ended'
            then {{ churn_kind('end_reason', 'event_type', 'previous_status', 'previous_auto_renew') }}
    end as churn_kind,
    case
        when ranked.status = 'ended'
            then {{ churn_rule('end_reason', 'event_type', 'previous_status', 'previous_auto_renew') }}
    end as churn_rule,
    current_spans.mrr,
    ranked.billing_interval,
    cast(ranked.billing_interval_count as integer) as billing_interval_count,
    ranked.currency,
    ranked.amount,
    ranked.discount_amount,
    -- The far future stands for a discount without an end.
    nullif(ranked.discount_ends_at, timestamp '9999-12-31 00:00:00') as discount_ends_at,
    {{ has_access('ranked.status') }} as has_access
from ranked
inner join current_spans on ranked.subscription_id = current_spans.subscription_id
where ranked.rank_from_latest = 1
