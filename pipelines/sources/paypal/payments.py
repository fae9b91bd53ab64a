"""PayPal's movements of money as payment events: sales, captures, what was given back, disputes, failed payments.

A disputed payment is told by several: the dispute, the reversal that PayPal makes for it, the refund by which the
seller meets it. The money is counted once, whichever of them come, in any order.

Belongs here: what an event moved. Does not belong here: periods and prices (``rows``).
"""

from __future__ import annotations

from pipelines.sources.paypal import invoices

# Each dispute with its first claim, what it took and how it ended; a dispute that was only an inquiry took nothing
# until it was lost, and then what no refund or reversal gave back. What refunds gave back meanwhile was not taken.
_DISPUTES = """
    told as (
        select distinct purchase_id as payment, offer_id as subject, split_part(order_id, '|', 1) as what,
            split_part(order_id, '|', 2) as step, recorded_at, amount, next_amount as lost
        from known_store_purchases
        where provider = 'paypal' and (starts_with(order_id, 'DISPUTE|') or starts_with(order_id, 'REFUNDED|')
            or starts_with(order_id, 'REVERSED|'))
    ),

    disputes as (
        select payment as disputed, subject as dispute_id,
            min(recorded_at) as opened_at,
            min(recorded_at) filter (step = 'CLAIM') as claimed_at,
            arg_min(amount, (recorded_at, amount)) filter (step = 'CLAIM') as claimed,
            min(recorded_at) filter (step in ('WON', 'LOST')) as closed_at,
            arg_min(step, (recorded_at, step)) filter (step in ('WON', 'LOST')) as outcome,
            arg_min(coalesce(lost, amount), (recorded_at, coalesce(lost, amount))) filter (step = 'LOST') as lost
        from told where what = 'DISPUTE' group by payment, subject
    ),

    given_back as (
        select disputes.dispute_id, reversal.subject as reversal, reversal.what,
            reversal.amount, sum(reversal.amount) over (partition by disputes.dispute_id, reversal.what
                order by reversal.recorded_at, reversal.subject) - reversal.amount as before
        from disputes join (
            select payment, subject, what, min(recorded_at) as recorded_at, max(amount) as amount
            from told where what <> 'DISPUTE' group by payment, subject, what
        ) as reversal on reversal.payment = disputes.disputed
        where reversal.what = 'REVERSED' or reversal.recorded_at >= disputes.opened_at
            and not coalesce(disputes.outcome = 'WON' and reversal.recorded_at >= disputes.closed_at, false)
    ),

    settled as (
        select disputes.*,
            coalesce(sum(given_back.amount) filter (given_back.what = 'REFUNDED'), 0) as refunded,
            coalesce(sum(given_back.amount), 0) as given_back
        from disputes left join given_back using (dispute_id) group by all
    )
"""
TOLD = """
    select substr(purchase_id, 6) as id, offer_id as teller from known_store_purchases
    where provider = 'paypal' and starts_with(purchase_id, 'sale:')
    union
    select offer_id, split_part(order_id, '|', 3) from known_store_purchases
    where provider = 'paypal' and (starts_with(order_id, 'REFUNDED|') or starts_with(order_id, 'REVERSED|'))
"""
"""The select of the table ``paypal_told``: as what the id of a payment, or of what came back of it, is told."""

_DELIVERED = ", ".join(
    "delivered." + name
    for name in (
        *("file_number", "row_number", "kind", "money", "resource", "notice", "told", "event_at", "recorded_at"),
        *("customer_id", "subscription_id", "sale", "sale_currency", "unpaid_currency", "tax", "fee", "failure_code"),
        *("denial", "country_text"),
    )
)
# What an event moved, and how much of it: a payment, a dispute's claim and outcome, a claim met by a refund.
_MOVED = f"""
    select {_DELIVERED}, 'payment' as part,
        case money when 'COMPLETED' then 'succeeded' when 'DENIED' then 'failed' when 'REFUNDED' then 'refunded'
            when 'REVERSED' then 'chargeback' when 'FAILED' then 'chargeback_reversed' end as event_type,
        case when money = 'REVERSED' then total - coalesce((select sum(claimed) from settled
            where disputed = coalesce(sale, resource)), 0) else total end as moved
    from delivered
    where (money in ('COMPLETED', 'DENIED', 'REFUNDED', 'REVERSED')
            or money = 'FAILED' and resource in (select subject from told where what = 'REFUNDED'))
        and not (teller = 'CAPTURE' and resource in (select id from paypal_told where teller = 'SALE'))
    union all
    select {_DELIVERED}, 'payment', 'failed', unpaid from delivered
    where kind like '%.PAYMENT.FAILED' and unpaid > 0
    union all
    select {_DELIVERED}, 'claim', 'chargeback',
        case when claimed_at is null then settled.lost - settled.given_back else settled.claimed end
    from delivered join settled on settled.dispute_id = resource
        and recorded_at = coalesce(claimed_at, case outcome when 'LOST' then closed_at end)
    where dispute_step in ('CLAIM', 'LOST')
    union all
    select {_DELIVERED}, 'outcome', 'chargeback_reversed',
        settled.claimed - case outcome when 'WON' then refunded else greatest(settled.lost, refunded) end
    from delivered join settled
        on settled.dispute_id = resource and recorded_at = closed_at and claimed_at < closed_at
    where dispute_step in ('WON', 'LOST')
    union all
    select {_DELIVERED}, 'met', 'chargeback_reversed', least(given_back.amount, settled.claimed - given_back.before)
    from delivered
    join given_back on given_back.reversal = resource and given_back.what = money
    join settled using (dispute_id)
    where money = 'REFUNDED' and claimed_at is not null
        and not (teller = 'CAPTURE' and resource in (select id from paypal_told where teller = 'SALE'))
"""
BOOKED = f"""
    with {_DISPUTES}
    select * from ({_MOVED}) where moved > 0
"""
"""The select of the table ``paypal_booked``: a row for each movement of money that an event tells of."""


def payment_events(reporting_currency: str) -> str:  # noqa: ARG001 - PayPal tells the currency
    """Sales and captures, their refunds and reversals, disputes, failed payments, and what invoices list."""
    return f"""
    select * from ({_PAID})
    union all by name
    select * from ({invoices.PAYMENT_EVENTS})
    """


_PAID = """
    with sales as (
        -- Whose it is says who tells it: the sale, else the capture, else the invoice.
        select purchase_id as sale_id, min(order_id) as sale_subscription,
            coalesce(min(customer_id) filter (coalesce(offer_id, 'SALE') = 'SALE'),
                min(customer_id) filter (offer_id = 'CAPTURE'), min(customer_id)) as sale_customer
        from known_store_purchases where provider = 'paypal' and starts_with(purchase_id, 'sale:') group by purchase_id
    ),

    paid as (
        select *, coalesce(sale, case when money = 'REVERSED' then resource end) as original,
            kind like 'BILLING.%' as is_failure, part in ('claim', 'outcome') as is_dispute
        from paypal_booked
    ),

    plans as (
        -- Of a subscription that changed its plan no sale says which one it is for.
        select purchase_id as plan_subscription, case when min(offer_id) = max(offer_id) then min(offer_id) end as plan
        from known_store_purchases
        where provider = 'paypal' and offer_id is not null group by purchase_id
    )

    select
        file_number, row_number,
        -- One dispute may take up several events, and each webhook tells them under ids of its own.
        'paypal:' || case when is_dispute then 'DISPUTE:' || resource else told end
            || ':' || case part when 'payment' then 'paid' else part end as event_id,
        event_type, event_at as occurred_at, recorded_at,
        -- A refund that names no sale is money all the same, of somebody unknown.
        coalesce(sale_customer, customer_id, 'paypal_refund:' || resource) as customer_id,
        case when is_failure then told else resource end as transaction_id,
        coalesce(subscription_id, sale_subscription) as subscription_id,
        plan as offer_id,
        moved as amount,
        case when is_failure then unpaid_currency else sale_currency end as currency,
        case when coalesce(subscription_id, sale_subscription) is not null then 'subscription'
            when sale_id is not null or money in ('COMPLETED', 'DENIED') then 'other' end as product_kind,
        case when part = 'payment' then tax end as tax_amount,
        case when part = 'payment' then fee end as fee_amount, 'paypal' as provider, 'paypal' as payment_method,
        case when is_failure then failure_code when money = 'DENIED' then denial end as failure_code,
        original as original_transaction_id, country_text as country, 'web' as channel
    from paid left join sales on 'sale:' || paid.original = sales.sale_id
        left join plans on plans.plan_subscription = coalesce(paid.subscription_id, sales.sale_subscription)
    """
