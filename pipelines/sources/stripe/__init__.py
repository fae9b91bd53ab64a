"""Stripe: webhook events, objects of its API, lists and bundles of them, and rows of exported tables.

A subscription is Stripe's subscription, a customer is ``metadata.customer_id`` (``client_reference_id`` of a checkout),
else Stripe's customer, whom links lead to the house's. Choices that the format forces:

- Prices and periods come from subscription events alone, money from invoices and charges alone. So a renewal is a
  ``customer.subscription.updated`` whose period moved on while it stays active; ``invoice.paid`` of a cycle is its
  payment. A period that moves on before the payment fails is a renewal, which grace follows.
- ``previous_attributes`` say what changed. An update that changes several things is several events; one that
  changes nothing which has a meaning is another event.
- A price is the sum of the items with the interval of the first, metered ones left out. Stripe says whether tax is
  inside a price by ``tax_behavior``, but not how much: an inclusive price is taken as it is.
- A discount counts if its coupon is in the payload; newer versions send its id only, unless asked to expand it.
  One for a single invoice ends with the period.
- An invoice's charge is counted by the invoice (``invoice.paid``, not ``invoice.payment_succeeded``); a charge that
  names no invoice and is not described as one is a purchase of its own, whose kind, offer and access window are in
  its metadata. Until it is captured it is no payment. A refund counts once it succeeded, a dispute unless it is an
  inquiry. These have ids of their own, so that an event and an export of the same one are one.
- Refunds and disputes name a charge, no customer: links lead from each charge to its customer.
- An object without an event tells what must have happened by now, not when it became known: that is the last thing
  it tells of, or when a connector synchronised it. What has no time of its own in a bundle has the newest one's.
- Exports of the dashboard have major units, tables of connectors have minor ones; a row is told from its headers.

Belongs here: which feeds Stripe fills, which payloads it cannot have sent. Does not belong here: signatures, which
are in a header that the receiver has.
"""

from __future__ import annotations

from pipelines.sources.base import Source
from pipelines.sources.sql import epoch_seconds, instant
from pipelines.sources.stripe.fields import PARSED
from pipelines.sources.stripe.objects import BUNDLED, IS_KNOWN_EVENT, TABLE_TYPE
from pipelines.sources.stripe.payments import payment_events, payouts
from pipelines.sources.stripe.reference import coupons, customer_events, identity_links, offers, other_events
from pipelines.sources.stripe.subscriptions import subscription_events

__all__ = ["SOURCE"]

_TIMES = (epoch_seconds("created_text"), *(instant(f"{name}_text") for name in ("created", "synced", "start")))
_HAS_TIME = f"coalesce({', '.join(_TIMES)}, {epoch_seconds('start_text')})"
_VERDICT = f"""case
    when len(bundled) = 0 then 'missing:data'
    when shape in ('list', 'resources') then null
    when shape = 'event' then case
        when event_id is null then 'missing:id'
        when event_type is null then 'missing:type'
        when {epoch_seconds("event_created")} is null then 'invalid:created'
        when not {IS_KNOWN_EVENT} then 'unknown_type:type'
        when object_type is null then 'missing:data.object' end
    when shape = 'table' and {TABLE_TYPE} is null then 'unknown_type:columns'
    when coalesce(id, payout) is null then 'missing:id'
    when {_HAS_TIME} is null then 'missing:created'
    when shape = 'table' and {TABLE_TYPE} = 'subscription' and price_minor is null then 'missing:price'
end"""
_PARSED = f"""
    select *, {_VERDICT} as verdict, case when shape = 'table' then {TABLE_TYPE} else object_type end as kind
    from ({PARSED})
"""
_VERDICTS = (
    "missing:data",
    "missing:id",
    "missing:type",
    "invalid:created",
    "unknown_type:type",
    "missing:data.object",
    "unknown_type:columns",
    "missing:created",
    "missing:price",
)

SOURCE = Source(
    name="stripe",
    title="Stripe: webhook events, API objects, exports",
    cannot_know=(
        "what was watched or visited, the share of tax in an inclusive price, coupons that it names only by id, "
        "fees unless the balance transaction is expanded, whose charge an unlinked refund or dispute is of"
    ),
    parsed=_PARSED,
    derived={"stripe_bundled": BUNDLED},
    mappings={
        "subscription_events": subscription_events,
        "payment_events": payment_events,
        "customer_events": customer_events,
        "identity_links": identity_links,
        "offers": offers,
        "coupons": coupons,
        "payouts": payouts,
        "other_events": other_events,
    },
    rejections=tuple((f"verdict = '{code}'", code) for code in _VERDICTS),
)
