"""Google Play: real-time developer notifications, and what its API answers about the purchases behind them.

A payload is one of these:

- A Pub/Sub push ``{"message": {"data": <base64>, "messageId": …}}``, or the notification in it, decoded.
- A purchase in a wrapper of ours, since Google's answer names neither the token nor the time: ``{"purchaseToken": …,
  "fetchedAt": <ISO 8601>, "subscription": <purchases.subscriptionsv2 resource>, "order": <orders resource>,
  "billingPeriod": "P1M"}``. ``order`` and ``billingPeriod`` (of the base plan) may be left out.
- An ``orders`` resource alone, or in the wrapper without a subscription.

A notification has no price, no user and no state of the order. Purchases, starts, renewals and changes of items wait
(``waiting:price``) until a purchase in the wrapper, or a row of the feed store_purchases with provider ``google`` and
the token as purchase_id, tells the price. Choices that the format forces:

- A token is a subscription. A token that replaces another (``linkedPurchaseToken``) ends the other as ``switched`` at
  its own start, and both lead to one customer: the switch is a change of size. A notification names only its own
  token, so the chain cannot be one subscription without making rows depend on what arrived before.
- The customer is the account id that the app gave Google, else the token; payments always name the token, which the
  identity links lead to the customer.
- The price is the sum of the recurring prices of the items that renew together, with tax where Google's prices include
  it; in an introductory phase what the order charged.
- The interval is that of ``billingPeriod``, else of the order's service period, else of the first period
  (``store_intervals``); none of them: no price. A prepaid plan has no recurring price: only its orders count.
- The purchase as fetched after an event describes it when its period had begun a day after the event at the latest;
  else what was known before does; else what became known first. Where the known period ends at a renewal, the new one
  is taken to last one interval.
- A renewal within a day of the known end of a trial is its conversion. A recovery may be the end of a pause.
- Money comes from orders alone: a voided purchase names no amount, so the refund follows from the order's history. A
  pending order, or a pending subscription, is neither payment nor price.
- Why a subscription was revoked is not said. One that expired ended for the reason that its purchase has; for what the
  system ended, the state decides. A purchase that the developer ended is ``publisher_terminated``.
- Purchases of licensed testers are no revenue (``test_purchase``).
"""

from __future__ import annotations

from pipelines.sources.base import Source
from pipelines.sources.google import rows
from pipelines.sources.google.actions import ORDER_STATES
from pipelines.sources.google.decoding import DOCUMENTS, parsed_select

_STATES = ", ".join(f"'{state}'" for state in ORDER_STATES)
_ENRICHMENT = "notice is null"

SOURCE = Source(
    name="google",
    title="Google Play real-time developer notifications and purchases",
    cannot_know="whether a recovery ended a hold or a pause, why a purchase was revoked, fees, what a voided "
    "purchase gave back before its order is fetched again",
    parsed=parsed_select(),
    documents=DOCUMENTS,
    mappings={
        "store_purchases": rows.store_purchases,
        "subscription_events": rows.subscription_events,
        "payment_events": rows.payment_events,
        "identity_links": rows.identity_links,
        "other_events": rows.other_events,
    },
    context=("store_purchases",),
    informed={"google_notices": rows.NOTICES},
    waiting=((rows.WAITS_FOR_PRICE, "waiting:price"),),
    rejections=(
        ("is_malformed", "malformed:message.data"),
        ("notice = 'subscription' and action is null", "unknown_type"),
        ("notice = 'one_time' and action is null", "unknown_type"),
        ("notice is not null and message_id is null", "missing:messageId"),
        ("notice is not null and event_at is null", "invalid:eventTimeMillis"),
        ("notice = 'subscription' and token is null", "missing:purchaseToken"),
        (
            f"{_ENRICHMENT} and subscription is null and order_json is null "
            "and coalesce(kind, '') <> 'androidpublisher#subscriptionPurchaseV2'",
            "unknown_type",
        ),
        (f"{_ENRICHMENT} and token is null", "missing:purchaseToken"),
        (f"{_ENRICHMENT} and test_purchase is not null", "test_purchase"),
        (f"{_ENRICHMENT} and subscription is not null and fetched_at is null", "invalid:fetchedAt"),
        (f"{_ENRICHMENT} and subscription is not null and state is null", "missing:subscriptionState"),
        (f"{_ENRICHMENT} and order_json is not null and order_id is null", "missing:orderId"),
        (
            f"{_ENRICHMENT} and order_json is not null and coalesce(order_state not in ({_STATES}), true)",
            "not_allowed:order.state",
        ),
        (f"{_ENRICHMENT} and order_json is not null and paid_at is null", "invalid:createTime"),
    ),
)
