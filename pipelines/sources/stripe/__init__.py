"""Stripe: webhook events, objects of its API, lists and bundles of them, rows of exported and of connectors' tables.

What each object, event type and generation of the API means is the table in ``docs/senders/stripe.md``; the tests read
it. A subscription is Stripe's subscription, a customer is ``metadata.customer_id`` (``client_reference_id`` of a
checkout), else Stripe's customer, whom links lead to the business's own. Choices that the format forces:

- Prices and periods come from subscriptions alone, money from payments alone. So a renewal is a
  ``customer.subscription.updated`` whose period moved on while it stays active; ``invoice.paid`` of a cycle is its
  payment. A period that moves on before the payment fails is a renewal, which grace follows; a trial that becomes
  active before its first payment fails was never converted.
- An update says what changed by ``previous_attributes``, whose values are compared. One that changes several things
  is several events; one that changes nothing which has a meaning is another event.
- A state without an event (``snapshots``) says what changed since the last state that anybody told.
- What cannot be priced (``pricing``) is a subscription whose price is not known, and says so.
- Whatever names another object only by its id is taken up again when that object comes (``links``).
- Tax inside a price is taken out where the payload has its rate. ``tax_behavior`` says of a price that it holds tax,
  but not how much (automatic tax): such a price stays as it is.
- Test mode is no business; a thin event (API v2) carries no data, and is rejected by that name.
- Exports of the dashboard have major units, tables of connectors have minor ones; a row is told from its headers.

Belongs here: which feeds Stripe fills, which payloads it cannot have sent, what has to be done again when.
Does not belong here: signatures, which are in a header that the receiver has.
"""

from __future__ import annotations

from pipelines.sources.base import Source
from pipelines.sources.sql import epoch_seconds, is_no
from pipelines.sources.stripe.links import sender_objects
from pipelines.sources.stripe.objects import BUNDLED, IS_KNOWN_EVENT, OBJECTS, TABLE_TYPE, moment
from pipelines.sources.stripe.payments import BOOKED, payment_events
from pipelines.sources.stripe.pricing import COMPOSED
from pipelines.sources.stripe.reference import (
    TOLD,
    coupons,
    customer_events,
    identity_links,
    offers,
    other_events,
    payouts,
)
from pipelines.sources.stripe.shapes import PARSED
from pipelines.sources.stripe.snapshots import MARK, SEEN, TOLD_AT
from pipelines.sources.stripe.subscriptions import FIRST_CHARGE, SUBSCRIPTIONS, WEBHOOKS, subscription_events

__all__ = ["SOURCE"]

_TIMES = ("created_text", "synced_text", "start_text", "extracted")
_HAS_TIME = f"coalesce({', '.join(moment(text) for text in _TIMES)})"
_IS_TEST = f"""{is_no("coalesce(event_livemode, livemode)")}
    or coalesce(len(list_filter(bundled, lambda thing: thing ->> '$.data.object.livemode' = 'false')) > 0, false)"""
_VERDICT = f"""case
    when shape = 'thin' then 'thin_event'
    when len(bundled) = 0 then 'missing:data'
    when {_IS_TEST} then 'test_mode'
    when shape in ('list', 'resources') then null
    when shape = 'event' then case
        when event_id is null then 'missing:id'
        when event_type is null then 'missing:type'
        when {epoch_seconds("event_created")} is null then 'invalid:created'
        when not {IS_KNOWN_EVENT} then 'unknown_type:type'
        when object_type is null then 'missing:data.object' end
    when shape = 'table' and {TABLE_TYPE} is null then 'unknown_type:columns'
    when coalesce(id, payout) is null then 'missing:id'
    when {_HAS_TIME} is null and coalesce({TABLE_TYPE}, '') not in ('subscription_item', 'discount', 'coupon', 'price')
        then 'missing:created'
end"""
_PARSED = f"""
    select *, {_VERDICT} as verdict, case when shape = 'table' then {TABLE_TYPE} else object_type end as kind
    from ({PARSED})
"""
_VERDICTS = (
    "thin_event",
    "missing:data",
    "test_mode",
    "missing:id",
    "missing:type",
    "invalid:created",
    "unknown_type:type",
    "missing:data.object",
    "unknown_type:columns",
    "missing:created",
)

# States that were laid beside what was known before them, or found that nothing had changed.
_STATES = f"""
    select source_file, subscription_id as subject_id, {TOLD_AT} as recorded_at from accepted_subscription_events
    where provider = 'stripe' and starts_with(event_id, '{MARK}')
    union all
    select source_file, subject_id, recorded_at from accepted_other_events
    where provider = 'stripe' and event_type = 'subscription'
"""
_AFTER_NEWS = f"""
    select distinct state.source_file
    from (
        select news.subscription_id, min(later.recorded_at) as recorded_at
        from (select * from added_subscription_events where provider = 'stripe') as news
        join ({_STATES}) as later
            on later.subject_id = news.subscription_id and later.recorded_at >= news.recorded_at
            and later.source_file <> news.source_file
        group by news.subscription_id, news.event_id
    ) as next
    join ({_STATES}) as state on state.subject_id = next.subscription_id and state.recorded_at = next.recorded_at
"""
_OF_TERMS = """
    select distinct event.source_file
    from accepted_subscription_events as event
    join added_sender_objects as news on news.object_kind in ('discount', 'coupon', 'price', 'exported_discount',
            'subscription_item')
        and (news.object_id in (event.coupon_code, event.offer_id) and event.price_unknown
            or news.object_kind in ('exported_discount', 'subscription_item')
            and news.subscription_id = event.subscription_id)
    where event.provider = 'stripe' and news.provider = 'stripe'
"""
# A trial that became active, and what says later whether its first invoice was paid.
_OF_TRIALS = f"""
    select distinct event.source_file
    from accepted_subscription_events as event
    join added_subscription_events as news
        on news.subscription_id = event.subscription_id and news.source_file <> event.source_file
        and news.event_type in ('grace_entered', 'hold_entered')
        and news.occurred_at between event.occurred_at and event.occurred_at + {FIRST_CHARGE}
    where event.provider = 'stripe' and event.event_type = 'trial_converted' and news.provider = 'stripe'
    union
    select distinct event.source_file
    from accepted_other_events as event
    join added_sender_objects as news
        on news.subscription_id = event.subject_id and news.object_kind = 'invoice paid'
        and news.recorded_at between event.occurred_at and event.occurred_at + {FIRST_CHARGE}
    where event.provider = 'stripe' and event.event_type = 'customer.subscription.updated' and news.provider = 'stripe'
"""
_IDS = "unnest([object_id, invoice_id, charge_id, payment_intent_id])"
_OF_PAYMENTS = f"""
    with ids as (select distinct {_IDS} as id from added_sender_objects where provider = 'stripe'),
    known as (select object_id, invoice_id, charge_id, payment_intent_id from accepted_sender_objects
        where provider = 'stripe'),
    linked as (
        select distinct {_IDS} as id from (
            select * from known where invoice_id in (select id from ids) or charge_id in (select id from ids)
                or payment_intent_id in (select id from ids)
        )
    )
    select distinct source_file from accepted_payment_events
    where transaction_id in (select id from linked) or original_transaction_id in (select id from linked)
    union
    select distinct source_file from accepted_other_events
    where provider = 'stripe' and subject_id in (select id from linked)
"""

SOURCE = Source(
    name="stripe",
    title="Stripe: webhook events, API objects, exports",
    cannot_know=(
        "what was watched or visited, the share of automatic tax in an inclusive price, prices by tiers or currencies "
        "that are not in the payload, when between two states of a list something changed, fees unless the balance "
        "transaction is expanded, which invoice a failed charge is of since API 2025-03-31"
    ),
    parsed=_PARSED,
    derived={"stripe_bundled": BUNDLED, "stripe_objects": OBJECTS},
    informed={
        "stripe_composed": COMPOSED,
        "stripe_subscriptions": SUBSCRIPTIONS,
        "stripe_webhooks": WEBHOOKS,
        "stripe_seen": SEEN,
        "stripe_booked": BOOKED,
        "stripe_told": TOLD,
    },
    mappings={
        "sender_objects": sender_objects,
        "subscription_events": subscription_events,
        "payment_events": payment_events,
        "customer_events": customer_events,
        "identity_links": identity_links,
        "offers": offers,
        "coupons": coupons,
        "payouts": payouts,
        "other_events": other_events,
    },
    context=("sender_objects",),
    reads=("subscription_events",),
    concerned=(_AFTER_NEWS, _OF_TERMS, _OF_TRIALS, _OF_PAYMENTS),
    rejections=tuple((f"verdict = '{code}'", code) for code in _VERDICTS),
)
