{{ config(**incremental_by('subscription_id')) }}
/*
    Spans between moments, cut again where a discount ends, with the MRR of each. The last span of a subscription is
    open. Spans of no length are gone: a state that was replaced at the same instant was never there.
*/
-- There are few prices beside the moments that have them, and each is worked out once.
with prices as (
    select
        amount,
        discount_amount,
        billing_interval,
        billing_interval_count,
        rate_to_reporting,
        {{ monthly_recurring_revenue(
            'amount', 'discount_amount', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
        ) }} as discounted_mrr,
        {{ monthly_recurring_revenue(
            'amount', '0', 'billing_interval', 'billing_interval_count', 'rate_to_reporting'
        ) }} as full_mrr
    from (
        select distinct
            amount,
            coalesce(discount_amount, 0) as discount_amount,
            billing_interval,
            billing_interval_count,
            rate_to_reporting
        from {{ ref('int_subscription_moments') }}
        where amount is not null and {{ is_recomputed('subscription_id') }}
    ) as used
),

spans as (
    select
        moments.*,
        moments.occurred_at as valid_from,
        moments.next_occurred_at as valid_to,
        {{ is_paying('moments.status') }} and moments.amount is not null as has_price,
        prices.discounted_mrr,
        prices.full_mrr
    from {{ ref('int_subscription_moments') }} as moments
    left join prices
        on moments.amount = prices.amount
            and coalesce(moments.discount_amount, 0) = prices.discount_amount
            and moments.billing_interval = prices.billing_interval
            and moments.billing_interval_count = prices.billing_interval_count
            and moments.rate_to_reporting = prices.rate_to_reporting
    where
        (moments.next_occurred_at is null or moments.next_occurred_at > moments.occurred_at)
        and {{ is_recomputed('subscription_id', 'moments') }}
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
        case when discount_ends_at > valid_from then discounted_mrr else full_mrr end as piece_mrr
    from cut
    union all
    select
        *,
        discount_ends_at as piece_from,
        valid_to as piece_to,
        full_mrr as piece_mrr
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
    case when has_price then piece_mrr else cast(0 as {{ money() }}) end as mrr,
    amount,
    discount_amount,
    discount_ends_at,
    currency,
    billing_interval,
    billing_interval_count,
    rate_to_reporting,
    {{ as_of() }} as computed_as_of
from pieces
