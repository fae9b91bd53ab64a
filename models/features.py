"""The features as the models read them: which columns of the mart, of what kind, under which concept.

Belongs here: the names, their kinds and concepts, and the frame that estimators take. Does not belong here: how a
feature comes about (``features.fct_customer_features`` in dbt), the words of a reason (``models.explanation``).
"""

from __future__ import annotations

import polars as pl

UNKNOWN = "unknown"

# Concept -> the features under which a person would speak of it. Plan, price and interval are one fact of the customer.
CONCEPTS: dict[str, tuple[str, ...]] = {
    "auto_renew": (
        "auto_renew",
        "days_to_end_when_off",
        "days_since_cancel",
        "cancel_reverts",
        "cancellations",
        "days_since_cancel_reverted",
    ),
    "renewal": ("days_to_period_end",),
    "payment": (
        "status",
        "days_in_grace",
        "grace_spells",
        "payment_failures_30",
        "payment_failures_90",
        "refunds_90",
        "dunning_cases_365",
        "days_since_failure",
        "days_since_success",
        "failure_code",
    ),
    "tenure": ("tenure_days", "spell_days"),
    "returns": ("returns",),
    "viewing": (
        "minutes_3",
        "minutes_7",
        "minutes_14",
        "minutes_prior_21",
        "minutes_28",
        "minutes_prior_28",
        "minutes_84",
        "active_days_3",
        "active_days_7",
        "active_days_14",
        "active_days_prior_21",
        "active_days_28",
        "active_days_prior_28",
        "active_days_84",
        "days_since_viewing",
        "live_share_28",
        "flagship_share_28",
    ),
    "season": ("season_ending_share", "season_ended_share", "season_starting_share"),
    "price": ("billing_months", "monthly_price", "price_position", "offer_id", "live_subscriptions"),
    "discount": ("discount_share", "days_to_discount_end", "days_since_discount_end"),
    "price_rise": ("price_rise_share", "days_since_price_rise", "price_rises"),
    "downgrade": ("days_since_downgrade",),
    "support": ("support_tickets_30", "support_tickets_90", "lowest_csat_90"),
    "origin": ("began_with_trial", "began_with_coupon"),
    "provider": ("provider", "channel", "payment_method"),
    "country": ("country",),
    "acquisition": ("acquisition_channel", "acquisition_campaign"),
}
# What nobody can change by an offer or a message, and what was true on the first day.
FIXED_CONCEPTS = frozenset({"provider", "country", "acquisition", "origin", "returns", "tenure"})
CATEGORIES = (
    "status",
    "failure_code",
    "offer_id",
    "provider",
    "channel",
    "payment_method",
    "country",
    "acquisition_channel",
    "acquisition_campaign",
)
NAMES = tuple(name for names in CONCEPTS.values() for name in names)
# Windows that say nearly the same twice only cost a linear model: the floor goes without them.
_ONLY_FOR_TREES = frozenset(
    f"{measure}_{window}" for measure in ("minutes", "active_days") for window in ("3", "14", "prior_21", "84")
) | {"cancellations", "days_since_cancel_reverted", "grace_spells", "failure_code", "acquisition_campaign", "offer_id"}
FLOOR_NAMES = tuple(name for name in NAMES if name not in _ONLY_FOR_TREES)
CONCEPT_OF = {name: concept for concept, names in CONCEPTS.items() for name in names}


def model_frame(features: pl.DataFrame) -> pl.DataFrame:
    """``NAMES`` of each row as Float64 and String columns; same rows, same order."""
    return features.select(
        pl.col(name).cast(pl.String).fill_null(UNKNOWN) if name in CATEGORIES else pl.col(name).cast(pl.Float64)
        for name in NAMES
    )
