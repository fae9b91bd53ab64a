"""WooCommerce Subscriptions: webhooks of subscriptions and orders, which are the resources of its REST API (wc/v3).

Read: the sources of the REST API's references, of WooCommerce (repository woocommerce-rest-api-docs of March 2024:
Orders, Refunds, Webhooks with their signature) and of WooCommerce Subscriptions (repository subscriptions-rest-api-docs
of January 2022: Subscriptions), and woocommerce-subscriptions-core of October 2024 for the key that links a renewal to
its subscription (``_subscription_renewal``). Not documented: when a webhook of a subscription is sent, and the status
``switched``. Choices that the format forces:

- A webhook is the resource as it is now, under ``date_modified_gmt``: an active subscription is a renewal at the price
  it has, which starts, converts or continues it, whatever was known before.
- ``total`` is what recurs with tax and after discounts: the price is that without its tax and with the discount put
  back, which counts for ever, since no date ends it.
- ``on-hold`` is a hold: whether a payment failed or the customer asked for it is not said. ``pending-cancel`` is the
  wish to cancel. ``cancelled`` and ``expired`` say no reason; ``switched`` is a switch.
- An order that is paid is a payment of the subscription that it renews, or that it switches or resubscribes to; the
  first order does not name its subscription.
- An order lists its refunds without their times: each counts when an order with it is first seen. An order that is
  refunded without a list is refunded whole.
- A guest is the hash of the address.

Belongs here: what the fields mean. Does not belong here: the way from facts to feeds (``billing``).
"""

from __future__ import annotations

from pipelines.sources.base import IdentifierPlace
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
PAID = ("completed", "processing", "refunded")
"""Statuses of an order that was paid, if it has a time of that."""
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
    "refund_list": "$.refunds",
}
_RENEWED = """list_filter(from_json(meta, '[{"key": "VARCHAR", "value": "VARCHAR"}]'), lambda entry:
    entry.key in ('_subscription_renewal', '_subscription_switch', '_subscription_resubscribe'))[1].value"""
_MONEY = "try_cast({} as DECIMAL(18,4))"
_REFUNDS = f"""case
    when coalesce(refund_list, '[]') <> '[]' then list_transform(
        from_json(refund_list, '[{{"id": "VARCHAR", "total": "DECIMAL(18,4)"}}]'),
        lambda refund: {{'id': refund.id, 'amount': abs(refund.total)}})
    when status = 'refunded' then [{{'id': 'all', 'amount': {_MONEY.format("total")}}}] end"""
_STATUSES = ", ".join(f"'{status}'" for status in (*STATES, "pending", "auto-draft", "draft"))
_FACTS = f"""
    select
        file_number, row_number,
        case when id is null then 'missing:id' when unit is not null and status not in ({_STATUSES}) then 'unknown_type'
            when unit is null and number is null then 'unknown_type' end as flaw,
        -- A renewal puts it on hold and takes it off, often within a second: that goes first.
        case when unit is not null then concat_ws(':', 'subscription', id,
                case status when 'on-hold' then '0-on-hold' else status end, modified)
            else concat_ws(':', 'order', id, status, modified) end as notice,
        case when payment is not null then concat_ws(':', 'order', id, payment) end as payment_notice,
        case when unit is not null then 'subscription/' else 'order/' end || status as word,
        changed_at as occurred_at, paid_at, changed_at as recorded_at,
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
        case when unit is null and {_MONEY.format("total")} > 0 then {_REFUNDS} end as refunds,
        {_MONEY.format("total")} as paid, {_MONEY.format("total_tax")} as tax_amount, method as payment_method, email
    from (
        select *,
            case when unit is null and {_MONEY.format("total")} > 0 then case status
                when 'failed' then 'failed'
                else case when paid_on is not null and status in {PAID} then 'succeeded' end
            end end as payment,
            {instant("modified")} as changed_at,
            case when unit is null and status in {PAID} then {instant("paid_on")} end as paid_at,
            {_RENEWED} as renewed
        from ({json_fields(_FIELDS)})
    )
"""

_IDENTIFIERS = (
    IdentifierPlace("id", "subscription"),
    IdentifierPlace("id", "transaction"),
    IdentifierPlace("number", "subscription"),
    IdentifierPlace("number", "transaction"),
    IdentifierPlace("parent_id", "transaction"),
    IdentifierPlace("meta_data.value", "subscription", where=("key", "_subscription_renewal")),
    IdentifierPlace("meta_data.value", "subscription", where=("key", "_subscription_switch")),
    IdentifierPlace("meta_data.value", "subscription", where=("key", "_subscription_resubscribe")),
)
SOURCE = billing_source(
    "woocommerce",
    "WooCommerce Subscriptions webhooks",
    facts=_FACTS,
    cannot_know="why a subscription ended or is on hold, when a discount ends, which subscription a first order is "
    "for, when a refund was made, fees",
    flaws=("missing:id",),
    repeats_payments=True,
    identifiers=_IDENTIFIERS,
)
