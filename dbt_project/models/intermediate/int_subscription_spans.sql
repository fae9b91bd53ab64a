/*
    Spans between moments, cut again where a discount ends, with the MRR of each. The last span of a subscription is
    open. Spans of no length are gone: a state that was replaced at the same instant was never there.
*/
with spans as (
    select
        *,
        occurred_at as valid_from,
        next_occurred_at as valid_to,
        status in ('active', 'grace') and amount is not null as has_price
    from {{ ref('int_subscription_moments') }}
    where next_occurred_at is null or next_occurred_at > occurred_at
),

-- A discount that is over at the as-of instant, and ended inside the span.
cut as (
    select
        *,
        has_price
        and discount_ends_at > valid_from
        and discount_ends_at < coalesce(valid_to, timestamp '9999-12-31 00:00:00')
        and discount_ends_at <= {{ as_of() }} as is_cut
    from spans
),

pieces as (
    select
        *,
        valid_from as piece_from,
        case when is_cut then discount_ends_at else valid_to end as piece_to,
        case when discount_ends_at > valid_from then discount_amount else 0 end as piece_discount
    from cut
    union all
    select
        *,
        discount_ends_at as piece_from,
        valid_to as piece_to,
        0 as piece_discount
    from cut
    where is_cut
)

select
    subscription_id,
    customer_id,
    moment_number,
    piece_from as valid_from,
    piece_to as valid_to,
    status,
    auto_renew,
    offer_id,
    channel,
    provider,
    case
        when has_price
            then {{ monthly_recurring_revenue(
                'amount', 'piece_discount', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
            ) }}
        else cast(0 as {{ money() }})
    end as mrr
from pieces
