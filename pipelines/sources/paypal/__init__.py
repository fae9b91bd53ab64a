"""PayPal: webhook events of subscriptions, payments, disputes, plans and products, and plans as the API answers them.

A price is the plan's, times the quantity, or what the subscription itself overrides; with the tax taken out of it where
the plan has it within. Choices that the format forces:

- CREATED only waits for the payer's approval. ACTIVATED starts (a trial while no regular cycle is counted and the plan
  has a trial), or resumes when what came right before is a suspension or a failure. UPDATED changes the plan only
  when the plan or the quantity differs from what came right before.
- SUSPENDED is a hold when payments failed, else a pause. PAYMENT.FAILED enters grace.
- A sale names neither plan nor period. The first one after the activation is the payment of the start; in a trial it
  converts; after a failure or suspension it recovers; else it renews, at the plan's price where it took that once or
  several times (payments that were late, a fee beside them), else at what it took.
- A trial that costs something is a start with a discount until its end. The next billing of a trial may be told as the
  day on which it began: it then ends after the length that the plan tells.
- Money is told whether or not the plan is known. A start whose plan nobody tells has the price of the first sale and
  the interval until the next billing, where that is a whole one; else it waits. A refund that names no sale, by an id
  or in its links, is money of somebody unknown.
- CANCELLED is final at once and names no reason, but what was paid for is kept: auto-renew goes off, and the same event
  makes the end, at the next billing time. Without one, or after a failure or suspension, it ends at once; as
  ``payment_failed`` when payments failed. EXPIRED, all cycles done, ends without a reason.

- A capture is a payment of an order without a subscription: money of another kind, of the customer that the order
  names, else of the order itself.
- A dispute is a chargeback of the payment that it names from when it is more than an inquiry, in which buyer and seller
  only talk and no money moves. Decided for the seller, given up by the buyer, or paid by PayPal it brings the money
  back; decided for the buyer it brings back what the outcome leaves of it. The reversal of a disputed payment is the
  same money, and a refund of it meets the claim: neither takes the money twice.
- A refund that failed is undone as ``chargeback_reversed``, if it was told as refunded.
- One id told as a sale, as a capture and by an invoice is one payment, or one refund: the sale tells it, else the
  capture, else the invoice. Payments of an invoice are dated, and known, as of the day that it says.
- What links to the sandbox (``api.sandbox.paypal.com``) is no revenue (``sandbox_environment``).

A plan's new price that arrives later than events it concerns does not change these. A sale without tax details counts
whole. Belongs here: what events mean. Does not belong here: signatures.
"""

import re

from pipelines.sources.base import IdentifierPlace, Source
from pipelines.sources.paypal import invoices, payments, rows
from pipelines.sources.paypal.payloads import PARSED

_KINDS = (
    *(
        "BILLING.SUBSCRIPTION." + name
        for name in (
            "CREATED",
            "ACTIVATED",
            "RE-ACTIVATED",
            "UPDATED",
            "EXPIRED",
            "CANCELLED",
            "SUSPENDED",
            "PAYMENT.FAILED",
        )
    ),
    *("PAYMENT.SALE." + name for name in ("COMPLETED", "DENIED", "PENDING", "REFUNDED", "REVERSED")),
    *("PAYMENT.CAPTURE." + name for name in ("COMPLETED", "DENIED", "DECLINED", "PENDING", "REFUNDED", "REVERSED")),
    *("PAYMENT.REFUND.PENDING", "PAYMENT.REFUND.FAILED"),
    *("CUSTOMER.DISPUTE." + name for name in ("CREATED", "UPDATED", "RESOLVED")),
    *("INVOICING.INVOICE." + name for name in ("CREATED", "SCHEDULED", "UPDATED", "PAID", "REFUNDED", "CANCELLED")),
    *(
        "BILLING.PLAN." + name
        for name in ("CREATED", "UPDATED", "ACTIVATED", "DEACTIVATED", "PRICING-CHANGE.ACTIVATED")
    ),
    "PLAN",
)
_STARTS = "delivered.kind in ('BILLING.SUBSCRIPTION.ACTIVATED', 'BILLING.SUBSCRIPTION.UPDATED')"

_IDENTIFIERS = (
    IdentifierPlace("resource.id", "transaction"),
    IdentifierPlace("resource.id", "subscription"),
    IdentifierPlace("resource.sale_id", "transaction"),
    IdentifierPlace("resource.billing_agreement_id", "subscription"),
    IdentifierPlace("resource.supplementary_data.related_ids.capture_id", "transaction"),
    IdentifierPlace("resource.custom_id", "customer"),
    IdentifierPlace("resource.custom", "customer"),
    IdentifierPlace("resource.disputed_transactions.custom", "customer"),
)

SOURCE = Source(
    name="paypal",
    title="PayPal subscription webhooks",
    cannot_know="why a subscriber cancelled, that a cancellation was undone, the period that a sale pays for, coupons",
    parsed=PARSED,
    identifiers=_IDENTIFIERS,
    derived={"paypal_invoiced": invoices.MOVEMENTS},
    informed={"paypal_told": payments.TOLD, "paypal_booked": payments.BOOKED},
    mappings={
        "store_purchases": rows.store_purchases,
        "subscription_events": rows.subscription_events,
        "payment_events": payments.payment_events,
        "identity_links": rows.identity_links,
        "offers": rows.offers,
        "other_events": rows.other_events,
    },
    rejections=(
        ("is_sandbox", "sandbox_environment"),
        ("kind is null", "missing:event_type"),
        (f"not is_about_other and not regexp_full_match(kind, '{'|'.join(map(re.escape, _KINDS))}')", "unknown_type"),
        ("notice is null", "missing:id"),
        ("recorded_at is null", "invalid:create_time"),
        ("resource is null", "missing:resource.id"),
        ("kind like 'PAYMENT.SALE.%' and total is null", "missing:resource.amount.total"),
        ("kind like 'PAYMENT.SALE.%' and sale_currency is null", "missing:resource.amount.currency"),
        ("money is not null and total is null", "missing:resource.amount.value"),
        ("money is not null and sale_currency is null", "missing:resource.amount.currency_code"),
        ("dispute_step is not null and sale is null", "missing:resource.disputed_transactions"),
        ("dispute_step in ('CLAIM', 'LOST') and total is null", "missing:resource.dispute_amount.value"),
        (
            "dispute_step in ('CLAIM', 'LOST') and sale_currency is null",
            "missing:resource.dispute_amount.currency_code",
        ),
        (invoices.IS_UNTOLD, "missing:resource.invoice.payments.amount"),
        ("kind = 'PAYMENT.SALE.COMPLETED' and customer_id is null", "missing:billing_agreement_id"),
        ("kind = 'BILLING.SUBSCRIPTION.ACTIVATED' and plan_ref is null and price is null", "missing:plan_id"),
    ),
    context=("store_purchases",),
    context_reaches_far=True,
    reached_by=(
        ("payment_events", "'sale:' || event.transaction_id"),
        ("payment_events", "'sale:' || event.original_transaction_id"),
    ),
    waiting=(
        (
            f"{_STARTS} and delivered.price is null and not exists (select 1 from known_store_purchases as known "
            "where known.provider = 'paypal' and known.purchase_id = delivered.plan_ref) "
            "and not (delivered.period_unit is not null and exists (select 1 from known_store_purchases as sold "
            "where sold.provider = 'paypal' and sold.purchase_id = delivered.subscription_id "
            "and sold.amount is not null))",
            "waiting:price",
        ),
        (
            "(delivered.money in ('REFUNDED', 'REVERSED') or delivered.dispute_step in ('CLAIM', 'LOST')) "
            "and delivered.customer_id is null and not (delivered.money = 'REFUNDED' and delivered.sale is null) "
            "and not exists (select 1 from known_store_purchases as known where known.provider = 'paypal' "
            "and known.purchase_id = 'sale:' || coalesce(delivered.sale, delivered.resource))",
            "waiting:sale",
        ),
    ),
)
