{{ config(**incremental_by('customer_id')) }}
-- The one subscription that a customer is spoken to about: live before ended, then the dearest, then the newest.
with ranked as (
    select
        *,
        count(*) over (partition by customer_id) as subscriptions_ever,
        row_number() over (
            partition by customer_id
            order by
                case when status = 'ended' then 1 else 0 end asc, mrr desc, started_at desc, subscription_id asc
        ) as rank_in_customer
    from {{ ref('fct_subscriptions') }}
    where {{ is_affected('customer_id') }}
),

chosen as (
    select *
    from ranked
    where rank_in_customer = 1
),

-- Since when it has been in this status, and since when auto-renew has been off.
since as (
    select
        moments.subscription_id,
        max(
            case
                when moments.status is distinct from moments.previous_status and moments.status = chosen.status
                    then moments.occurred_at
            end
        ) as status_since,
        max(
            case
                when not moments.auto_renew and coalesce(moments.previous_auto_renew, true)
                    then moments.occurred_at
            end
        ) as cancelled_at
    from {{ ref('int_subscription_moments') }} as moments
    inner join chosen on moments.subscription_id = chosen.subscription_id
    group by moments.subscription_id
)

select
    chosen.customer_id,
    chosen.subscription_id,
    chosen.status as subscription_status,
    cast(chosen.subscriptions_ever as bigint) as subscriptions_ever,
    chosen.offer_id,
    chosen.amount as price,
    chosen.currency as price_currency,
    chosen.billing_interval,
    chosen.billing_interval_count,
    chosen.provider,
    chosen.channel,
    chosen.started_at as subscription_started_at,
    chosen.ended_at as subscription_ended_at,
    chosen.churn_kind as subscription_churn_kind,
    case when chosen.status <> 'ended' then chosen.period_end end as period_end,
    case when {{ has_access('chosen.status') }} and chosen.auto_renew then chosen.period_end end as next_renewal_at,
    case when chosen.status <> 'ended' then chosen.auto_renew end as auto_renew,
    case when chosen.status <> 'ended' and not chosen.auto_renew then since.cancelled_at end as set_to_cancel_since,
    chosen.status = 'trial' as is_in_trial,
    case when chosen.status = 'trial' then chosen.period_end end as trial_ends_at,
    case
        when
            chosen.status <> 'ended'
            and chosen.discount_amount > 0
            and (chosen.discount_ends_at is null or chosen.discount_ends_at > {{ as_of() }})
            then chosen.discount_amount
    end as discount_amount,
    case
        when chosen.status <> 'ended' and chosen.discount_amount > 0 and chosen.discount_ends_at > {{ as_of() }}
            then chosen.discount_ends_at
    end as discount_ends_at,
    case when chosen.status = 'grace' then since.status_since end as grace_since,
    case when chosen.status = 'on_hold' then since.status_since end as hold_since,
    case when chosen.status = 'paused' then since.status_since end as paused_since
from chosen
left join since on chosen.subscription_id = since.subscription_id
