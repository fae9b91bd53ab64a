"""Who was assigned to what: arms of campaigns, variants of price tests and what these offer.

Belongs here: facts about these feeds, as data. Does not belong here: who is assigned (``pipelines.activation``), what
came of it (``dbt_project``).
"""

from __future__ import annotations

from pipelines.contract.feeds.columns import RECORDED_AT, VERSION, event_columns
from pipelines.contract.shapes import Code, Column, Feed, Kind

# What an export with a campaign did with each person of its segment. The export writes it; nobody else needs to.
CAMPAIGN_ASSIGNMENTS = Feed(
    "campaign_assignments",
    key=("event_id",),
    conflict_key=("event_id",),
    columns=(
        *event_columns("sent", "held_out", "left_out"),
        Column("campaign", required=True),
        Column("customer_id", required=True),
        RECORDED_AT,
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
        VERSION,
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
        *event_columns("customer_assigned", "visitor_assigned"),
        Column("test_id", required=True),
        Column("variant", required=True),
        RECORDED_AT,
        Column("customer_id", required_for=("customer_assigned",)),
        Column("visitor_id", required_for=("visitor_assigned",)),
    ),
)
