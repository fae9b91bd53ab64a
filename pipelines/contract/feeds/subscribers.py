"""What happens to subscribers: what senders and apps tell of them, event by event or day by day.

Belongs here: facts about these feeds, as data. Does not belong here: what a feed is (``pipelines.contract.shapes``),
the words that its columns allow (``pipelines.contract.vocabulary``).
"""

from __future__ import annotations

from pipelines.contract.feeds.columns import RECORDED_AT, VERSION, event_columns
from pipelines.contract.shapes import Code, Column, Feed, Kind
from pipelines.contract.vocabulary import (
    ACCOUNT_ACTIONS,
    BILLING_INTERVALS,
    CHECKOUT_STEPS,
    END_REASONS,
    JOURNEY_STEPS,
    PRICED_EVENT_TYPES,
    PRODUCT_KINDS,
    SUBSCRIPTION_EVENT_TYPES,
)

SUBSCRIPTION_EVENTS = Feed(
    "subscription_events",
    retention_months=120,
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *event_columns(*SUBSCRIPTION_EVENT_TYPES),
        Column("customer_id", required=True),
        Column("subscription_id", required=True),
        RECORDED_AT,
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
        *event_columns("succeeded", "failed", "refunded", "chargeback", "chargeback_reversed"),
        Column("customer_id", required=True),
        Column("transaction_id", required=True),
        Column("amount", Kind.MONEY, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        RECORDED_AT,
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
        *event_columns("registered", "updated", "consent_changed", "deleted"),
        Column("customer_id", required=True),
        RECORDED_AT,
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
        *event_columns(*JOURNEY_STEPS, *CHECKOUT_STEPS, *ACCOUNT_ACTIONS),
        Column("visitor_id", required=True),
        RECORDED_AT,
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
        VERSION,
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
        VERSION,
    ),
    ordered=(("opened_at", "closed_at"),),
)
