"""WooCommerce Subscriptions: webhooks of subscriptions and orders, which are the resources of its REST API (wc/v3).

Read: the REST API's reference of WooCommerce (Orders) and of WooCommerce Subscriptions (Subscriptions, their statuses),
and WooCommerce's page on webhooks. Choices that the format forces:

- A webhook is the resource as it is now, under ``date_modified_gmt``: an active subscription is a renewal at the price
  it has, which starts, converts or continues it, whatever was known before.
- ``total`` is what recurs with tax and after discounts: the price is that without its tax and with the discount put
  back, which counts for ever, since no date ends it.
- ``on-hold`` is a hold: whether a payment failed or the customer asked for it is not said. ``pending-cancel`` is the
  wish to cancel. ``cancelled`` and ``expired`` say no reason; ``switched`` is a switch.
- An order that is paid is a payment of the subscription that it renews; the first order does not name its subscription.
  A refund counts when the whole order is refunded: the list of partial ones has no times.
- A guest is the hash of the address.

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.billing import billing_source, one_event
from pipelines.sources.sql import email_hash, instant, json_fields

STATES = {
    "active": "renewed",
    "pending-cancel": "cancel_scheduled",
    "on-hold": "hold_entered",
    "cancelled": "ended",
    "expired": "ended",
    "switched": "ended",
    "trash": "ended",
}
"""What a subscription with a status has come to; a ``pending`` or ``auto-draft`` one is nothing yet."""
ORDERS = {"completed": "succeeded", "processing": "succeeded", "failed": "failed", "refunded": "refunded"}
_FIELDS = {
    "id": "$.id",
    "status": "$.status",
    "unit": "$.billing_period",
    "count": "$.billing_interval",
    "number": "$.order_key",
    "customer": "$.customer_id",
    "email": "$.billing.email",
    "nation": "$.billing.country",
    "money": "$.currency",
    "total": "$.total",
    "total_tax": "$.total_tax",
    "discount": "$.discount_total",
    "product": "$.line_items[0].product_id",
    "variation": "$.line_items[0].variation_id",
    "coupon": "$.coupon_lines[0].code",
    "modified": "$.date_modified_gmt",
    "trial_end": "$.trial_end_date_gmt",
    "next_payment": "$.next_payment_date_gmt",
    "ends": "$.end_date_gmt",
    "paid_on": "$.date_paid_gmt",
    "method": "$.payment_method",
    "transaction": "$.transaction_id",
    "meta": "$.meta_data",
}
_RENEWED = """list_filter(from_json(meta, '[{"key": "VARCHAR", "value": "VARCHAR"}]'),
    lambda entry: entry.key = '_subscription_renewal')[1].value"""
_MONEY = "try_cast({} as DECIMAL(18,4))"
_STATUSES = ", ".join(f"'{status}'" for status in (*STATES, "pending", "auto-draft", "draft"))
_FACTS = f"""
    select
        file_number, row_number,
        case when id is null then 'missing:id' when unit is not null and status not in ({_STATUSES}) then 'unknown_type'
            when unit is null and number is null then 'unknown_type' end as flaw,
        case when unit is not null then concat_ws(':', 'subscription', id, status, modified)
            else concat_ws(':', 'order', id, case when payment is null then modified end, payment) end as notice,
        case when unit is not null then 'subscription/' else 'order/' end || status as word,
        happened_at as occurred_at, changed_at as recorded_at,
        coalesce(nullif(customer, '0'), 'email_hash:' || {email_hash("email")}) as customer_id,
        case when unit is not null then id else renewed end as subscription_id,
        case when unit is null then []
            when status in ('active', 'pending-cancel') then [
                case when {instant("trial_end")} > changed_at then 'trial_started' else 'renewed' end,
                case status when 'active' then 'cancel_reverted' else 'cancel_scheduled' end
            ]
            else {one_event("status", STATES)} end as events,
        coalesce(nullif(variation, '0'), product) as offer_id,
        cast({_MONEY.format("total")} - coalesce({_MONEY.format("total_tax")}, 0)
            + coalesce({_MONEY.format("discount")}, 0) as DECIMAL(18,4)) as amount,
        coalesce({_MONEY.format("discount")}, 0) as discount_amount,
        upper(money) as currency,
        unit as billing_interval, try_cast(count as BIGINT) as billing_interval_count,
        {instant("coalesce(next_payment, ends)")} as period_end,
        'web' as channel, upper(nation) as country, coupon as coupon_code,
        case when status = 'switched' then 'switched' end as end_reason,
        payment,
        coalesce(nullif(transaction, ''), 'order:' || id) as transaction_id,
        case when payment = 'refunded' then coalesce(nullif(transaction, ''), 'order:' || id) end
            as original_transaction_id,
        {_MONEY.format("total")} as paid, {_MONEY.format("total_tax")} as tax_amount, method as payment_method, email
    from (
        select *,
            case when unit is null and {_MONEY.format("total")} > 0 then case status
                when 'failed' then 'failed' when 'refunded' then 'refunded'
                else case when paid_on is not null and status in ('completed', 'processing') then 'succeeded' end
            end end as payment,
            {instant("modified")} as changed_at,
            case when unit is null and status in ('completed', 'processing')
                then coalesce({instant("paid_on")}, {instant("modified")})
                else {instant("modified")} end as happened_at,
            {_RENEWED} as renewed
        from ({json_fields(_FIELDS)})
    )
"""

SOURCE = billing_source(
    "woocommerce",
    "WooCommerce Subscriptions webhooks",
    facts=_FACTS,
    cannot_know="why a subscription ended or is on hold, when a discount ends, which subscription a first order is "
    "for, partial refunds, fees",
    flaws=("missing:id",),
)
