-- Prevents redemptions that no event tells of, and coupons of events that count without a redemption.
{{ config(meta={'dagster': {'ref': {'name': 'fct_coupon_redemptions'}}}) }}
with events as (
    select distinct
        coupon_code,
        subscription_id,
        1 as redemptions
    from {{ ref('stg_subscription_events') }}
    where
        coupon_code is not null
        and not is_superseded
        and event_id not in (select anomalies.event_id from {{ ref('sequence_anomalies') }} as anomalies)
),

redeemed as (
    select
        *,
        1 as redemptions
    from {{ ref('fct_coupon_redemptions') }}
)

{{ sums_that_differ('events', 'redeemed', ['coupon_code', 'subscription_id'], ['redemptions']) }}
