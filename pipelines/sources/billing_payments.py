"""Payments and refunds of the senders that ``billing`` reads: once each, however often payloads repeat them.

Belongs here: the rows of ``payment_events`` from the facts of ``billing``. Does not belong here: what the facts are.
"""

from __future__ import annotations


def payment_events(name: str, relation: str, *, default: str, repeats_payments: bool) -> str:
    """The payments; one that payloads repeat is told by the first of them."""

    def select(source: str, *, event_id: str, kind: str, paid: str, original: str = "original_transaction_id") -> str:
        return f"""
    select
        file_number, row_number,
        {event_id} as event_id,
        {kind} as event_type,
        {"coalesce(paid_at, occurred_at)" if paid == "paid" else "occurred_at"} as occurred_at,
        coalesce(recorded_at, occurred_at) as recorded_at,
        customer_id,
        transaction_id,
        {paid} as amount,
        coalesce(paid_currency, currency, {default}) as currency,
        subscription_id,
        case when payment_notice is null then offer_id end as offer_id,
        coalesce(product_kind, case when subscription_id is not null then 'subscription' end) as product_kind,
        {"tax_amount" if paid == "paid" else "null"} as tax_amount,
        {"fee_amount" if paid == "paid" else "null"} as fee_amount,
        '{name}' as provider,
        payment_method,
        case when {kind} = 'failed' then failure_code end as failure_code,
        {original} as original_transaction_id,
        access_start,
        access_end,
        country,
        channel,
        case when payment_notice is null then coupon_code end as coupon_code
    from {source}"""

    payments = select(
        f"{relation} where payment is not null",
        event_id=f"'{name}:' || coalesce(payment_notice, notice) || ':payment'",
        kind="payment",
        paid="paid",
    )
    if not repeats_payments:
        return payments
    refunds = select(
        "(select *, unnest(refunds) as given_back from delivered)",
        event_id=f"'{name}:' || transaction_id || ':refund:' || given_back.id",
        kind="'refunded'",
        paid="given_back.amount",
        original="transaction_id",
    )
    # Whatever a later payload says of the same payment, its row is that of the first: a duplicate, never a conflict.
    return f"""
    with told as ({payments} union all by name {refunds}),
    known as (
        select * exclude (extra, source_file, source_row) from accepted_payment_events
        where provider = '{name}' and event_id in (select event_id from told)
    ),
    first_told as (
        select * exclude (file_number, row_number) from told where event_id not in (select event_id from known)
        qualify row_number() over (partition by event_id order by recorded_at, file_number, row_number) = 1
    )
    select told.file_number, told.row_number, known.* from told join known using (event_id)
    union all by name
    select told.file_number, told.row_number, first_told.* from told join first_told using (event_id)
    """


def what_is_new_of_refunds(name: str) -> str:
    """The rows delivered, with what a refund adds to the next smaller total that is known of its transaction."""
    return f"""(
        select delivered.* replace (case when refunded_total is null then paid else refunded_total - coalesce((
            select max(known.amount) from known_store_purchases as known
            where known.provider = '{name}' and known.purchase_id = delivered.subscription_id
                and known.order_id = 'refund:' || delivered.transaction_id and known.amount < delivered.refunded_total
        ), 0) end as paid)
        from delivered
    )"""
