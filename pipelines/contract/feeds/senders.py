"""What is known of senders' own ids and objects, which others of their messages need to be understood.

Belongs here: facts about these feeds, as data. Does not belong here: how a sender is mapped (``pipelines.sources``).
"""

from __future__ import annotations

from pipelines.contract.feeds.columns import RECORDED_AT, VERSION
from pipelines.contract.shapes import Code, Column, Feed, Kind
from pipelines.contract.vocabulary import BILLING_INTERVALS, END_REASONS

# Which identifiers of senders belong to which customer; a link may lead to another identifier that is linked in turn.
IDENTITY_LINKS = Feed(
    "identity_links",
    key=("alias_kind", "alias_value"),
    columns=(
        Column("alias_kind", required=True, pattern="[a-z][a-z0-9_]*"),
        Column("alias_value", required=True, personal=True),
        Column("customer_id", required=True),
        VERSION,
    ),
    links_aliases=True,
)

# What a store tells only when it is asked: the price, the plan and the user behind a token of its notifications.
STORE_PURCHASES = Feed(
    "store_purchases",
    key=("provider", "purchase_id", "recorded_at"),
    columns=(
        Column("provider", required=True),
        Column("purchase_id", required=True),
        Column("recorded_at", Kind.TIMESTAMP, required=True),
        Column("customer_id"),
        Column("offer_id"),
        Column("order_id"),
        Column("amount", Kind.MONEY),
        Column("currency", code=Code.CURRENCY),
        Column("billing_interval", allowed=BILLING_INTERVALS),
        Column("billing_interval_count", Kind.INTEGER, minimum=1),
        Column("period_start", Kind.TIMESTAMP),
        Column("period_end", Kind.TIMESTAMP),
        Column("trial_ends_at", Kind.TIMESTAMP),
        Column("country", code=Code.COUNTRY),
        Column("replaces_purchase_id"),
        # Bought and not paid yet, or bought for a time that does not renew: neither has a price that recurs.
        Column("purchase_kind", allowed=("recurring", "prepaid", "pending")),
        # What follows when the period ends, where that is known already.
        Column("next_offer_id"),
        Column("next_amount", Kind.MONEY),
        # How long the trial of a plan lasts, and what it costs.
        Column("trial_interval", allowed=BILLING_INTERVALS),
        Column("trial_interval_count", Kind.INTEGER, minimum=1),
        Column("trial_amount", Kind.MONEY),
        # What a plan costs whose price depends on the quantity.
        Column("tiers", Kind.JSON),
        # Why it ended, or will end with its period, where the store says so.
        Column("end_reason", allowed=END_REASONS),
    ),
    ordered=(("period_start", "period_end"),),
)

# What an object of a sender says that rows about other objects need: terms behind an id, ids of one payment.
SENDER_OBJECTS = Feed(
    "sender_objects",
    key=("provider", "object_kind", "object_id", "recorded_at"),
    columns=(
        Column("provider", required=True),
        Column("object_kind", required=True),
        Column("object_id", required=True),
        VERSION,
        Column("subscription_id"),
        Column("invoice_id"),
        Column("charge_id"),
        Column("payment_intent_id"),
        Column("facts", Kind.JSON),
    ),
)

# What a sender says that no number follows from, kept so that every delivered row can be named.
OTHER_EVENTS = Feed(
    "other_events",
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        Column("event_id", required=True),
        Column("event_type", required=True),
        Column("occurred_at", Kind.TIMESTAMP, required=True),
        RECORDED_AT,
        Column("provider", required=True),
        Column("subject_id"),
    ),
)
