"""Cleeng's transactions and passes as payments.

Belongs here: payment events. Does not belong here: subscriptions, customers.
"""

from __future__ import annotations

from pipelines.sources.cleeng.fields import money

# Offer-id prefixes: S subscription, P pass, R rental, E event; A is bought once for ever.
PRODUCT_KIND = """case left(offer_id, 1)
    when 'S' then 'subscription' when 'P' then 'pass' when 'R' then 'rental' when 'E' then 'ppv'
    when 'A' then 'other' end"""
_REFUNDED = "lower(coalesce(transaction_type, '')) like '%refund%' or paid < 0"
AMOUNT = money("coalesce(gross, price)")


def payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - every amount has its currency
    """Transactions of webhooks and reports, refused payments that name an amount, and the windows of passes."""
    return f"""
    select
        file_number, row_number,
        concat_ws(':', 'cleeng', transaction_id, nullif(event_type, 'succeeded')) as event_id,
        event_type,
        transaction_at as occurred_at,
        customer_id,
        transaction_id,
        abs(paid) as amount,
        currency,
        subscription_id,
        offer_id,
        {PRODUCT_KIND} as product_kind,
        abs({money("tax")}) as tax_amount,
        'cleeng' as provider,
        payment_method,
        null as failure_code,
        case when end_at > transaction_at then transaction_at end as access_start,
        case when end_at > transaction_at then end_at end as access_end,
        country,
        coupon_code
    from (
        select *,
            case
                when lower(coalesce(transaction_type, '')) like '%chargeback%' then 'chargeback'
                when {_REFUNDED} then 'refunded'
                when regexp_matches(lower(coalesce(transaction_type, '')), 'fail|reject|declin') then 'failed'
                else 'succeeded'
            end as event_type
        from (
            select *, {AMOUNT} as paid from delivered
            where kind = 'transaction' or kind = 'webhook' and topic = 'transactionCreated'
        )
    )
    union all by name
    select
        file_number, row_number,
        concat_ws(':', 'cleeng', subscription_id, topic, cast(happened_at as VARCHAR)) as event_id,
        'failed' as event_type,
        happened_at as occurred_at,
        customer_id,
        coalesce(transaction_id, concat_ws(':', subscription_id, cast(happened_at as VARCHAR))) as transaction_id,
        {AMOUNT} as amount,
        currency,
        subscription_id,
        offer_id,
        'subscription' as product_kind,
        'cleeng' as provider,
        payment_method,
        rejection as failure_code,
        country
    from delivered
    where kind = 'webhook' and topic = 'paymentRejected' and {AMOUNT} is not null and currency is not null
    union all by name
    select
        file_number, row_number,
        concat_ws(':', 'cleeng:pass', pass_id, cast(bought_at as VARCHAR), cast(closes_at as VARCHAR)) as event_id,
        'succeeded' as event_type,
        bought_at as occurred_at,
        customer_id,
        'pass:' || pass_id as transaction_id,
        cast(0 as DECIMAL(18,4)) as amount,
        currency,
        offer_id,
        coalesce(nullif({PRODUCT_KIND}, 'subscription'), 'pass') as product_kind,
        'cleeng' as provider,
        payment_method,
        case when closes_at is not null then bought_at end as access_start,
        closes_at as access_end
    from (
        select *,
            coalesce(start_at, payment_at) as bought_at,
            case when coalesce(termination_at, end_at) > coalesce(start_at, payment_at)
                then coalesce(termination_at, end_at) end as closes_at
        from delivered where kind = 'pass'
    )
    """
