"""The feeds that may come in: columns, types, defaults and row rules, in one place.

Belongs here: facts about the canonical feeds, as data. The lake judges rows by them, the simulator writes by
them, and Great Expectations suites, dbt's sources and the documentation are made from them.
Does not belong here: what a feed is (``pipelines.contract.shapes``), the words that its columns allow
(``pipelines.contract.vocabulary``), how a rule is carried out (``pipelines.lake``),
how a sender is mapped (``pipelines.sources``).
"""

from __future__ import annotations

from pipelines.contract.shapes import Code, Column, Feed, Kind
from pipelines.contract.vocabulary import (
    ACCOUNT_ACTIONS,
    ANNOTATION_DIMENSIONS,
    ANNOTATION_KINDS,
    BILLING_INTERVALS,
    CHECKOUT_STEPS,
    END_REASONS,
    JOURNEY_STEPS,
    PRICED_EVENT_TYPES,
    PRODUCT_KINDS,
    SUBSCRIPTION_EVENT_TYPES,
)

_RECORDED_AT = Column("recorded_at", Kind.TIMESTAMP, default="occurred_at")
# Feeds of state carry the time at which a row was known only if the sender says it. Offers, coupons and payouts
# may say it too, beyond the contract: it is how a sender replaces an earlier row instead of contradicting it.
_VERSION = Column("recorded_at", Kind.TIMESTAMP)


def _event_columns(*event_types: str) -> tuple[Column, ...]:
    return (
        Column("event_id", required=True),
        Column("event_type", required=True, allowed=event_types),
        Column("occurred_at", Kind.TIMESTAMP, required=True),
    )


SUBSCRIPTION_EVENTS = Feed(
    "subscription_events",
    retention_months=120,
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *_event_columns(*SUBSCRIPTION_EVENT_TYPES),
        Column("customer_id", required=True),
        Column("subscription_id", required=True),
        _RECORDED_AT,
        Column("offer_id"),
        Column("amount", Kind.MONEY, required_for=PRICED_EVENT_TYPES, unless="price_unknown"),
        Column("discount_amount", Kind.MONEY, default="0"),
        Column("discount_ends_at", Kind.TIMESTAMP),
        Column("currency", code=Code.CURRENCY, required_for=PRICED_EVENT_TYPES, unless="price_unknown"),
        Column("billing_interval", allowed=BILLING_INTERVALS, required_for=PRICED_EVENT_TYPES, unless="price_unknown"),
        Column("billing_interval_count", Kind.INTEGER, default="1", minimum=1),
        Column("period_start", Kind.TIMESTAMP),
        Column("period_end", Kind.TIMESTAMP),
        Column("channel"),
        Column("provider"),
        Column("country", code=Code.COUNTRY),
        Column("coupon_code"),
        Column("end_reason", allowed=END_REASONS),
        Column("provider_code"),
        # The subscription that goes on as this one from this event on: both are one history.
        Column("replaces_subscription_id"),
        # Said where a price is set that the sender does not tell: tiers, usage, a discount that it only names.
        Column("price_unknown", Kind.BOOLEAN),
    ),
    ordered=(("period_start", "period_end"),),
)

PAYMENT_EVENTS = Feed(
    "payment_events",
    retention_months=120,
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *_event_columns("succeeded", "failed", "refunded", "chargeback", "chargeback_reversed"),
        Column("customer_id", required=True),
        Column("transaction_id", required=True),
        Column("amount", Kind.MONEY, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        _RECORDED_AT,
        Column("subscription_id"),
        Column("offer_id"),
        Column("product_kind", allowed=PRODUCT_KINDS),
        Column("tax_amount", Kind.MONEY),
        Column("fee_amount", Kind.MONEY),
        Column("provider"),
        Column("payment_method"),
        Column("failure_code"),
        Column("attempt", Kind.INTEGER, minimum=0),
        Column("original_transaction_id"),
        Column("access_start", Kind.TIMESTAMP),
        Column("access_end", Kind.TIMESTAMP),
        Column("country", code=Code.COUNTRY),
        Column("channel"),
        Column("coupon_code"),
    ),
    ordered=(("access_start", "access_end"),),
)

CUSTOMER_EVENTS = Feed(
    "customer_events",
    retention_months=36,
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *_event_columns("registered", "updated", "consent_changed", "deleted"),
        Column("customer_id", required=True),
        _RECORDED_AT,
        Column("email", personal=True),
        Column("country", code=Code.COUNTRY),
        Column("locale"),
        Column("birth_year", Kind.INTEGER, personal=True),
        Column("marketing_consent", Kind.BOOLEAN),
        Column("acquisition_channel"),
        Column("acquisition_campaign"),
        Column("phone", personal=True),
        Column("first_name", personal=True),
        Column("last_name", personal=True),
        Column("city", personal=True),
        Column("region", personal=True),
        Column("postal_code", personal=True),
    ),
)

JOURNEY_EVENTS = Feed(
    "journey_events",
    retention_months=25,
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *_event_columns(*JOURNEY_STEPS, *CHECKOUT_STEPS, *ACCOUNT_ACTIONS),
        Column("visitor_id", required=True),
        _RECORDED_AT,
        Column("customer_id"),
        Column("channel"),
        Column("campaign"),
        Column("offer_id"),
        # One try at a checkout; without it the steps of a visitor on one day are one.
        Column("checkout_id"),
        Column("device"),
        Column("payment_method"),
        Column("error_code"),
        Column("coupon_code"),
    ),
)

ENGAGEMENT_DAILY = Feed(
    "engagement_daily",
    retention_months=25,
    key=("customer_id", "activity_date"),
    columns=(
        Column("customer_id", required=True),
        Column("activity_date", Kind.DATE, required=True),
        Column("minutes_watched", Kind.NUMBER, required=True, minimum=0),
        Column("sessions", Kind.INTEGER),
        Column("titles_watched", Kind.INTEGER),
        Column("live_minutes", Kind.NUMBER),
        Column("devices", Kind.INTEGER),
        Column("top_title_id"),
        _VERSION,
    ),
)

SUPPORT_TICKETS = Feed(
    "support_tickets",
    retention_months=36,
    key=("ticket_id",),
    columns=(
        Column("ticket_id", required=True),
        Column("customer_id", required=True),
        Column("opened_at", Kind.TIMESTAMP, required=True),
        Column("closed_at", Kind.TIMESTAMP),
        Column("channel"),
        Column("topic"),
        Column("body", personal=True),
        Column("csat", Kind.NUMBER),
        _VERSION,
    ),
    ordered=(("opened_at", "closed_at"),),
)

OFFERS = Feed(
    "offers",
    key=("offer_id",),
    conflict_key=("offer_id", "recorded_at"),
    columns=(
        Column("offer_id", required=True),
        Column("title", required=True),
        Column("offer_kind", required=True, allowed=("subscription", "pass", "ppv", "rental")),
        Column("amount", Kind.MONEY),
        Column("currency", code=Code.CURRENCY),
        Column("billing_interval", allowed=BILLING_INTERVALS),
        Column("billing_interval_count", Kind.INTEGER, minimum=1),
        Column("trial_days", Kind.INTEGER),
        Column("active", Kind.BOOLEAN),
        _VERSION,
    ),
)

COUPONS = Feed(
    "coupons",
    key=("coupon_code",),
    conflict_key=("coupon_code", "recorded_at"),
    columns=(
        Column("coupon_code", required=True),
        Column("campaign"),
        Column("percent_off", Kind.NUMBER),
        Column("amount_off", Kind.MONEY),
        Column("currency", code=Code.CURRENCY),
        Column("duration", allowed=("once", "repeating", "forever")),
        Column("valid_until", Kind.TIMESTAMP),
        Column("max_redemptions", Kind.INTEGER),
        _VERSION,
    ),
)

FX_RATES = Feed(
    "fx_rates",
    key=("rate_date", "currency"),
    columns=(
        Column("rate_date", Kind.DATE, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        Column("rate_to_reporting", Kind.RATE, required=True),
        _VERSION,
    ),
)

PAYOUTS = Feed(
    "payouts",
    key=("payout_id",),
    conflict_key=("payout_id", "recorded_at"),
    columns=(
        Column("payout_id", required=True),
        Column("provider", required=True),
        Column("paid_at", Kind.TIMESTAMP, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        # What a provider takes back, when refunds and chargebacks are more than payments, is a negative payout.
        Column("amount", Kind.MONEY, required=True, signed=True),
        Column("transaction_ids", Kind.JSON),
        Column("fee_amount", Kind.MONEY),
        _VERSION,
    ),
)

# Which identifiers of senders belong to which customer; a link may lead to another identifier that is linked in turn.
IDENTITY_LINKS = Feed(
    "identity_links",
    key=("alias_kind", "alias_value"),
    columns=(
        Column("alias_kind", required=True),
        Column("alias_value", required=True, personal=True),
        Column("customer_id", required=True),
        _VERSION,
    ),
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
        _VERSION,
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
        _RECORDED_AT,
        Column("provider", required=True),
        Column("subject_id"),
    ),
)

# What an export with a campaign did with each person of its segment. The export writes it; nobody else needs to.
CAMPAIGN_ASSIGNMENTS = Feed(
    "campaign_assignments",
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *_event_columns("sent", "held_out", "left_out"),
        Column("campaign", required=True),
        Column("customer_id", required=True),
        _RECORDED_AT,
        Column("segment"),
        Column("segment_version", Kind.INTEGER, minimum=1),
        Column("purpose", allowed=("marketing", "service")),
        Column("layout"),
        Column("left_out_reason"),
        Column("propensity", Kind.NUMBER, minimum=0),
        Column("stratum"),
        Column("churn_probability", Kind.NUMBER, minimum=0),
        Column("mrr", Kind.MONEY),
        Column("model_version"),
        Column("export_id"),
        Column("exported_at", Kind.TIMESTAMP),
        Column("exported_by"),
    ),
)

# When titles run, as it is planned: the end of a season is known ahead, and people leave when it comes.
CONTENT_CALENDAR = Feed(
    "content_calendar",
    key=("title_id", "season"),
    conflict_key=("title_id", "season", "recorded_at"),
    columns=(
        Column("title_id", required=True),
        Column("season", required=True),
        Column("starts_on", Kind.DATE, required=True),
        Column("ends_on", Kind.DATE, required=True),
        Column("title"),
        _VERSION,
    ),
    ordered=(("starts_on", "ends_on"),),
)

# What people want to see beside a series, in their words and with where they have it from.
ANNOTATIONS = Feed(
    "annotations",
    key=("annotation_id",),
    conflict_key=("annotation_id", "recorded_at"),
    columns=(
        Column("annotation_id", required=True),
        Column("kind", required=True, allowed=ANNOTATION_KINDS),
        Column("starts_on", Kind.DATE, required=True),
        Column("ends_on", Kind.DATE),
        Column("text", required=True),
        Column("source", required=True),
        # Where it concerns no more than this value of a dimension, such as country and DE.
        Column("dimension", allowed=ANNOTATION_DIMENSIONS),
        Column("dimension_value"),
        Column("active", Kind.BOOLEAN, default="true"),
        _VERSION,
    ),
    ordered=(("starts_on", "ends_on"),),
)

# What a price test offers whom: a row a variant and offer, at the price that the variant has of it.
PRICE_TESTS = Feed(
    "price_tests",
    key=("test_id", "variant", "offer_id"),
    conflict_key=("test_id", "variant", "offer_id", "recorded_at"),
    columns=(
        Column("test_id", required=True),
        Column("variant", required=True),
        Column("offer_id", required=True),
        Column("amount", Kind.MONEY, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        Column("started_at", Kind.TIMESTAMP, required=True),
        Column("stopped_at", Kind.TIMESTAMP),
        # Who is put in a variant: whoever comes by, or whoever has an account.
        Column("unit", required=True, allowed=("customer", "visitor")),
        # The one that the others are compared with.
        Column("is_control", Kind.BOOLEAN, default="false"),
        # The part of people that the draw puts in the variant, as a share or a weight; alike without.
        Column("share", Kind.NUMBER, minimum=0),
        _VERSION,
    ),
    ordered=(("started_at", "stopped_at"),),
)

# Who was put in which variant. The first one of a person counts, whatever they saw later.
PRICE_TEST_ASSIGNMENTS = Feed(
    "price_test_assignments",
    retention_months=36,
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *_event_columns("customer_assigned", "visitor_assigned"),
        Column("test_id", required=True),
        Column("variant", required=True),
        _RECORDED_AT,
        Column("customer_id", required_for=("customer_assigned",)),
        Column("visitor_id", required_for=("visitor_assigned",)),
    ),
)

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        SUBSCRIPTION_EVENTS,
        PAYMENT_EVENTS,
        CUSTOMER_EVENTS,
        JOURNEY_EVENTS,
        ENGAGEMENT_DAILY,
        SUPPORT_TICKETS,
        OFFERS,
        COUPONS,
        FX_RATES,
        PAYOUTS,
        IDENTITY_LINKS,
        STORE_PURCHASES,
        SENDER_OBJECTS,
        OTHER_EVENTS,
        CAMPAIGN_ASSIGNMENTS,
        CONTENT_CALENDAR,
        ANNOTATIONS,
        PRICE_TESTS,
        PRICE_TEST_ASSIGNMENTS,
    )
}
