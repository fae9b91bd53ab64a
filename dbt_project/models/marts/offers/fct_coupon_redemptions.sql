{{ config(
    materialized='incremental',
    pre_hook="{{ delete_affected_rows('subscription_id', affected='int_affected_redemptions') }}",
) }}
-- Loops that write commas have no indent that the linter understands.
-- noqa: disable=LT02
/*
    A discount holds from an event that sets a price with it until the end it states or the next event that sets one.
    Of several with one coupon on one subscription the last end counts. Senders name a lasting coupon once: a price that
    is still discounted without a code goes on with the code before it.
*/
with stretches as (
    select
        *,
        sum(case when sets_price and coupon_code is null and coalesce(discount_amount, 0) = 0 then 1 else 0 end) over (
            partition by subscription_id order by event_number rows unbounded preceding
        ) as stretch_number
    from {{ ref('int_subscription_events_counted') }}
    where is_counted and (sets_price or coupon_code is not null)
        -- Most subscriptions never have a coupon, and need not be put in order.
        and subscription_id in (
            select redeeming.subscription_id from {{ ref('int_subscription_events_counted') }} as redeeming
            where redeeming.coupon_code is not null
        )
        and {{ is_affected('subscription_id', affected='int_affected_redemptions') }}
),

priced as (
    select
        subscription_id,
        customer_id,
        occurred_at,
        last_value(coupon_code ignore nulls) over (
            partition by subscription_id, stretch_number order by event_number rows unbounded preceding
        ) as coupon_code,
        coalesce(discount_amount, 0) as discount_amount,
        discount_ends_at,
        sets_price,
        lead(case when sets_price then occurred_at end) over (
            partition by subscription_id, sets_price order by event_number
        ) as next_priced_at
    from stretches
),

discounted as (
    select
        *,
        sets_price and discount_amount > 0 and piece_ends_at > occurred_at as has_discount
    from (
        select
            *,
            least(
                coalesce(discount_ends_at, timestamp '9000-01-01 00:00:00'),
                coalesce(next_priced_at, timestamp '9000-01-01 00:00:00')
            ) as piece_ends_at
        from priced
        where coupon_code is not null
    ) as pieces
),

redemptions as (
    select
        coupon_code,
        subscription_id,
        customer_id,
        min(occurred_at) as redeemed_at,
        min(case when has_discount then occurred_at end) as discount_starts_at,
        max(case when has_discount then piece_ends_at end) as last_instant
    from discounted
    group by coupon_code, subscription_id, customer_id
),

-- A discount that is not over yet is looked at as it is now.
instants as (
    select
        *,
        last_instant <= {{ as_of() }} as is_over
    from redemptions
),

states as (
    select
        instants.coupon_code,
        instants.subscription_id,
        max(
            case
                when not ({{ has_access('spans.status') }}) then 0
                when not instants.is_over and spans.valid_to is null then 1
                when instants.is_over and spans.valid_from < instants.last_instant
                    and (spans.valid_to is null or spans.valid_to >= instants.last_instant)
                    then 1
                else 0
            end
        ) as has_access_in_discount,
        max(
            case
                when spans.valid_from < instants.last_instant and spans.mrr > 0
                    and spans.valid_from >= instants.discount_starts_at
                    then spans.valid_from
            end
        ) as last_mrr_from,
        {%- for days in [30, 90] %}
            max(
                case
                    when {{ is_at('spans', plus_days('instants.last_instant', days)) }} then spans.mrr
                end
            ) as mrr_after_{{ days }}_days{{ "," if not loop.last }}
        {%- endfor %}
    from instants
    inner join {{ ref('int_subscription_spans') }} as spans on instants.subscription_id = spans.subscription_id
    group by instants.coupon_code, instants.subscription_id
)

select
    instants.coupon_code,
    instants.subscription_id,
    instants.customer_id,
    instants.redeemed_at,
    instants.discount_starts_at,
    nullif(instants.last_instant, timestamp '9000-01-01 00:00:00') as discount_ends_at,
    coalesce(spans.mrr, cast(0 as {{ money() }})) as mrr_in_discount,
    coalesce(redeemed.offer_id, '(none)') as offer_id,
    {{ subscription_cuts('redeemed') }},
    coalesce(redeemed.currency, '(none)') as price_currency,
    {%- for days in [30, 90] %}
        case
            when instants.discount_starts_at is null then 'no_discount'
            when states.has_access_in_discount = 0 then 'left_in_discount'
            when not instants.is_over then 'in_discount'
            when {{ plus_days('instants.last_instant', days) }} > {{ as_of() }} then 'undecided'
            when states.mrr_after_{{ days }}_days > 0 then 'stayed'
            else 'left'
        end as outcome_{{ days }}_days,
        case
            when states.has_access_in_discount = 1 and {{ plus_days('instants.last_instant', days) }} <= {{ as_of() }}
                then states.mrr_after_{{ days }}_days
        end as mrr_after_{{ days }}_days{{ "," if not loop.last }}
    {%- endfor %}
from instants
left join states
    on instants.coupon_code = states.coupon_code and instants.subscription_id = states.subscription_id
left join {{ ref('int_subscription_spans') }} as spans
    on states.subscription_id = spans.subscription_id and states.last_mrr_from = spans.valid_from
left join {{ ref('int_subscription_spans') }} as redeemed
    on instants.subscription_id = redeemed.subscription_id
        and {{ is_at('redeemed', 'instants.redeemed_at') }}
