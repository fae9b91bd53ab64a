{{ config(
    materialized='incremental',
    pre_hook=[
        "{{ delete_affected_rows('subscription_id', column='granted_by', condition=\"kind = 'subscription'\") }}",
        "{{ delete_affected_rows('customer_id', condition=\"kind <> 'subscription'\") }}",
    ],
) }}
-- Access by subscription, while it is in trial, active or grace, and by what was bought for a time.
with compared as (
    select
        *,
        {{ has_access('status') }} as has_access,
        lag(status) over (partition by subscription_id order by valid_from) as previous_status,
        lag(offer_id) over (partition by subscription_id order by valid_from) as previous_offer_id
    from {{ ref('int_subscription_spans') }}
    where {{ is_recomputed('subscription_id') }}
),

windows as (
    select
        *,
        sum(
            case
                when
                    {{ has_access('previous_status') }}
                    and offer_id is not distinct from previous_offer_id
                    then 0
                else 1
            end
        ) over (partition by subscription_id order by valid_from rows unbounded preceding) as access_window
    from compared
    where has_access
)

select
    customer_id,
    offer_id,
    'subscription' as kind,
    min(valid_from) as valid_from,
    case when max(case when valid_to is null then 1 else 0 end) = 0 then max(valid_to) end as valid_to,
    subscription_id as granted_by
from windows
group by customer_id, offer_id, subscription_id, access_window
union all
select
    customer_id,
    offer_id,
    product_kind as kind,
    access_start as valid_from,
    access_end as valid_to,
    transaction_id as granted_by
from {{ ref('stg_payment_events') }}
where
    event_type = 'succeeded'
    and product_kind in ('pass', 'ppv', 'rental')
    and access_start is not null
    and {{ is_affected('customer_id') }}
