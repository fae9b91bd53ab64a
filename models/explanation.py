"""Up to three reasons per customer: what is true of this customer and raises the estimate above the average one.

Belongs here: the words of each concept, what can be done about it, and choosing among them by exact contribution.
Does not belong here: the contributions themselves (``models.trained``).
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from models.estimators import Floats
from models.features import FIXED_CONCEPTS, UNKNOWN

REASONS = ("reason_1", "reason_2", "reason_3")
ACTIONS = ("action_1", "action_2", "action_3")
# In log-odds: less than a tenth moves the odds by less than about a tenth, no reason to speak of.
SMALLEST_CONTRIBUTION = 0.1
SILENT_DAYS = 7
FEW_ACTIVE_DAYS = 4
FALLEN_TO = 0.7
NEW_DAYS = 90
RECENT_DAYS = 60
LOW_CSAT = 2
FOLLOWED_SHARE = 0.1
LONG_BILLING_MONTHS = 6

# What can be done about each concept; null where nothing can.
ACTION_OF: dict[str, str | None] = {
    "auto_renew": "Ask why, and offer a pause, another plan or a reason to come back before the period ends",
    "renewal": "Remind of what the renewal brings before it is due",
    "payment": "Ask for another payment method, and retry the payment",
    "tenure": "Help to find the next thing to watch",
    "viewing": "Recommend something new, and remind of what was begun",
    "season": "Show what follows the season, before it ends",
    "price": "Show a plan or an interval that costs less a month",
    "discount": "Tell early what the price will be, and offer a longer plan",
    "price_rise": "Explain what the new price brings, and offer a longer plan at the old one",
    "downgrade": "Ask what is missing",
    "support": "Call or write back, and settle what was asked",
}


def choose_reasons(features: pl.DataFrame, contributions: Mapping[str, Floats], horizon_days: int) -> pl.DataFrame:
    """The texts of the three concepts that raise each row's log-odds most, and what to do; null where fewer do.

    A concept that raises the estimate without something to say about the customer is passed over. What nobody can
    change is never first while something else is worth a word. Returns ``REASONS`` and ``ACTIONS``, same rows, same
    order as ``features``.
    """
    wordings = reason_texts(horizon_days)
    spoken = [name for name in sorted(contributions) if name in wordings]
    rows = features.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    if not spoken:
        nothing = pl.Series([None], dtype=pl.String).extend_constant(None, max(rows.height - 1, 0)).head(rows.height)
        return pl.DataFrame(dict.fromkeys((*REASONS, *ACTIONS), nothing))
    raised = pl.concat(
        features.select(
            pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
            pl.lit(position, dtype=pl.UInt8).alias("concept"),
            pl.lit(name in FIXED_CONCEPTS).alias("is_fixed"),
            pl.Series("raises", contributions[name]),
            wordings[name].alias("text"),
            pl.lit(ACTION_OF.get(name), dtype=pl.String).alias("action"),
        ).filter((pl.col("raises") > SMALLEST_CONTRIBUTION) & pl.col("text").is_not_null())
        for position, name in enumerate(spoken)
    )
    ordered = raised.sort(["row", "is_fixed", "raises", "concept"], descending=[False, False, True, False])
    first = pl.int_range(pl.len()).over("row") == 0
    chosen = (
        ordered.with_columns(is_first=first)
        .sort(["row", "is_first", "raises", "concept"], descending=[False, True, True, False])
        .group_by("row", maintain_order=True)
        .agg(pl.col("text").head(len(REASONS)), pl.col("action").head(len(REASONS)))
    )
    parts = [
        pl.col(column).list.get(rank, null_on_oob=True).alias(name)
        for column, names in (("text", REASONS), ("action", ACTIONS))
        for rank, name in enumerate(names)
    ]
    return rows.join(chosen, on="row", how="left", maintain_order="left").select(parts)


def reason_texts(horizon_days: int) -> dict[str, pl.Expr]:
    """The text of each concept from the features of a customer; null where there is nothing true to say."""
    return {
        "auto_renew": _auto_renew(horizon_days),
        "renewal": _renewal(horizon_days),
        "payment": _payment(),
        "tenure": _tenure(),
        "returns": _count(pl.col("returns"), "Has left and returned once", "Has left and returned {} times"),
        "viewing": _viewing(),
        "season": _season(),
        "price": _price(),
        "discount": _discount(horizon_days),
        "price_rise": _price_rise(),
        "downgrade": pl.when(pl.col("days_since_downgrade") <= RECENT_DAYS).then(
            pl.format("Moved to a cheaper plan {}", _ago("days_since_downgrade"))
        ),
        "support": _support(),
        "origin": pl.when("began_with_coupon")
        .then(pl.lit("Began with a coupon"))
        .when("began_with_trial")
        .then(pl.lit("Began with a trial")),
        "provider": _named("provider", "Pays through {}"),
        "acquisition": _named("acquisition_channel", "Came through {}"),
    }


def _auto_renew(horizon_days: int) -> pl.Expr:
    off, left = ~pl.col("auto_renew"), pl.col("days_to_period_end")
    ends_in = pl.format("Auto-renew is off and the paid period ends in {} days", left)
    return (
        pl.when(off & (left == 0))
        .then(pl.lit("Auto-renew is off and the paid period ends today"))
        .when(off & (left == 1))
        .then(pl.lit("Auto-renew is off and the paid period ends tomorrow"))
        .when(off & left.is_between(2, horizon_days))
        .then(ends_in)
        .when(off)
        .then(pl.lit("Auto-renew is off"))
        .otherwise(
            _count(pl.col("cancel_reverts"), "Cancelled once and took it back", "Cancelled {} times and took it back")
        )
    )


def _renewal(horizon_days: int) -> pl.Expr:
    # In grace the overdue renewal is the failed payment, which has its own words. That a plan of a month or less
    # comes up for renewal soon is true of everybody who has one, and so no reason.
    on, left = pl.col("auto_renew") & (pl.col("status") != "grace"), pl.col("days_to_period_end")
    months = pl.col("billing_months")
    plan = (
        pl.when(months == 12)
        .then(pl.lit("The yearly plan"))
        .when(months >= LONG_BILLING_MONTHS)
        .then(pl.format("The {}-month plan", months.round().cast(pl.Int64)))
    )
    return (
        pl.when(on & (left < -1))
        .then(pl.format("The renewal is {} days overdue", -left))
        .when(on & (left == -1))
        .then(pl.lit("The renewal is a day overdue"))
        .when(on & (left == 0))
        .then(pl.format("{} is due for renewal today", plan))
        .when(on & (left == 1))
        .then(pl.format("{} is due for renewal tomorrow", plan))
        .when(on & (left <= horizon_days))
        .then(pl.format("{} is due for renewal in {} days", plan, left))
    )


def _payment() -> pl.Expr:
    return (
        pl.when(pl.col("status") == "grace")
        .then(pl.lit("The last payment failed and is being retried"))
        .when(pl.col("payment_failures_30") > 0)
        .then(
            _count(
                pl.col("payment_failures_30"),
                "A payment failed in the last 30 days",
                "{} payments failed in the last 30 days",
            )
        )
        .when(pl.col("payment_failures_90") > 0)
        .then(
            _count(
                pl.col("payment_failures_90"),
                "A payment failed in the last 90 days",
                "{} payments failed in the last 90 days",
            )
        )
        .when(pl.col("refunds_90") > 0)
        .then(pl.lit("A payment was refunded or charged back in the last 90 days"))
    )


def _tenure() -> pl.Expr:
    return (
        pl.when(pl.col("tenure_days") < NEW_DAYS)
        .then(pl.format("New: first paid {}", _ago("tenure_days")))
        .when((pl.col("spell_days") < NEW_DAYS) & (pl.col("returns") > 0))
        .then(pl.format("Returned only {}", _ago("spell_days")))
    )


def _viewing() -> pl.Expr:
    silent, tenure = pl.col("days_since_viewing"), pl.col("tenure_days")
    minutes, prior, active = pl.col("minutes_28"), pl.col("minutes_prior_28"), pl.col("active_days_28")
    return (
        pl.when(silent.is_null() & (tenure < 56))
        .then(pl.lit("No viewing yet since the first payment"))
        .when(silent.is_null())
        .then(pl.lit("No viewing for eight weeks or more"))
        .when(silent >= SILENT_DAYS)
        .then(pl.format("No viewing for {} days", silent))
        .when((tenure >= 56) & (minutes < FALLEN_TO * prior))
        .then(pl.format("Viewing fell by {}% against the four weeks before", _percent(1 - minutes / prior)))
        .when((active <= FEW_ACTIVE_DAYS) & (tenure >= 28))
        .then(_count(active, "Watched on one of the last 28 days only", "Watched on {} of the last 28 days only"))
    )


def _season() -> pl.Expr:
    return (
        pl.when(pl.col("season_ending_share") >= FOLLOWED_SHARE)
        .then(pl.lit("Followed a season that is about to end"))
        .when(pl.col("season_ended_share") >= FOLLOWED_SHARE)
        .then(pl.lit("Followed a season that has just ended"))
    )


def _price() -> pl.Expr:
    position = pl.col("price_position")
    return (
        pl.when(position >= 1.05)
        .then(pl.format("Pays {}% more a month than the usual customer", _percent(position - 1)))
        .when(position <= 0.95)
        .then(pl.format("Pays {}% less a month than the usual customer", _percent(1 - position)))
    )


def _discount(horizon_days: int) -> pl.Expr:
    share, to_end, since = pl.col("discount_share"), pl.col("days_to_discount_end"), pl.col("days_since_discount_end")
    return (
        pl.when((share > 0) & (to_end == 1))
        .then(pl.lit("The discount ends tomorrow"))
        .when((share > 0) & (to_end <= horizon_days))
        .then(pl.format("The discount ends in {} days", to_end))
        .when(share >= 0.005)
        .then(pl.format("Pays with a discount of {}%", _percent(share)))
        .when(since <= RECENT_DAYS)
        .then(pl.format("The discount ended {}", _ago("days_since_discount_end")))
    )


def _price_rise() -> pl.Expr:
    share, recent = pl.col("price_rise_share"), pl.col("days_since_price_rise") <= RECENT_DAYS
    return pl.when(recent & (share >= 0.005)).then(
        pl.format("The price rose by {}% {}", _percent(share), _ago("days_since_price_rise"))
    )


def _support() -> pl.Expr:
    recent, quarter = pl.col("support_tickets_30"), pl.col("support_tickets_90")
    return (
        pl.when(pl.col("lowest_csat_90") <= LOW_CSAT)
        .then(pl.lit("Rated support poorly in the last 90 days"))
        .when(recent > 0)
        .then(_count(recent, "A support ticket in the last 30 days", "{} support tickets in the last 30 days"))
        .when(quarter > 0)
        .then(_count(quarter, "A support ticket in the last 90 days", "{} support tickets in the last 90 days"))
    )


def _named(feature: str, wording: str) -> pl.Expr:
    return pl.when(pl.col(feature) != UNKNOWN).then(pl.format(wording, pl.col(feature).str.replace_all("_", " ")))


def _percent(share: pl.Expr) -> pl.Expr:
    return (share * 100).round().cast(pl.Int64)


def _ago(days: str) -> pl.Expr:
    age = pl.col(days)
    return (
        pl.when(age == 0)
        .then(pl.lit("today"))
        .when(age == 1)
        .then(pl.lit("yesterday"))
        .when(age > 1)
        .then(pl.format("{} days ago", age))
    )


def _count(number: pl.Expr, one: str, several: str) -> pl.Expr:
    return pl.when(number == 1).then(pl.lit(one)).when(number > 1).then(pl.format(several, number))
