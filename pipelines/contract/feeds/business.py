"""What the business itself has and knows: offers, coupons, rates, payouts, its calendar and its notes.

Belongs here: facts about these feeds, as data. Does not belong here: what a feed is (``pipelines.contract.shapes``),
the words that its columns allow (``pipelines.contract.vocabulary``).
"""

from __future__ import annotations

from pipelines.contract.feeds.columns import VERSION
from pipelines.contract.shapes import Code, Column, Feed, Kind
from pipelines.contract.vocabulary import ANNOTATION_DIMENSIONS, ANNOTATION_KINDS, BILLING_INTERVALS

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
        VERSION,
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
        VERSION,
    ),
)

FX_RATES = Feed(
    "fx_rates",
    key=("rate_date", "currency"),
    columns=(
        Column("rate_date", Kind.DATE, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        Column("rate_to_reporting", Kind.RATE, required=True),
        VERSION,
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
        VERSION,
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
        VERSION,
    ),
    ordered=(("starts_on", "ends_on"),),
)

# What winning customers cost, as the bills of advertising and of partners have it: a row a day or a month and channel.
ACQUISITION_COSTS = Feed(
    "acquisition_costs",
    key=("cost_id",),
    conflict_key=("cost_id", "recorded_at"),
    columns=(
        Column("cost_id", required=True),
        Column("cost_date", Kind.DATE, required=True),
        Column("amount", Kind.MONEY, required=True),
        Column("currency", code=Code.CURRENCY, required=True),
        Column("acquisition_channel"),
        Column("acquisition_campaign"),
        VERSION,
    ),
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
        VERSION,
    ),
    ordered=(("starts_on", "ends_on"),),
)
