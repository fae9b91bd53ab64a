"""How features enter the log-odds of churn: each term a number per customer, each term under one concept.

Belongs here: transforms of features into the terms of a linear model, with the concept under which a person would
speak of them. Does not belong here: weights (``models.estimators``), the words (``models.explanation``).
"""

from __future__ import annotations

import polars as pl

from models.encoding import Levels, one_hot, one_hot_name

RECENT_DAYS = 60
LOW_CSAT = 2
LONG_BILLING_MONTHS = 6
DAYS_IN_MONTH = 365 / 12


def term_expressions(horizon_days: int) -> dict[str, dict[str, pl.Expr]]:
    """The terms by concept and name, over the columns of ``models.features.FEATURES``; none is ever null."""
    off = ~pl.col("auto_renew")
    to_end = pl.col("days_to_period_end")
    due = (to_end <= horizon_days).fill_null(value=True)
    long_billing = (pl.col("billing_months") >= LONG_BILLING_MONTHS).fill_null(value=False)
    # Who renews late in the horizon has longer to turn auto-renew off in time, and less for a failed payment to end it.
    ahead = (to_end.clip(0, horizon_days) / horizon_days).fill_null(0.5)
    interval_days = (pl.col("billing_months") * DAYS_IN_MONTH).clip(1.0, None)
    dues = ((horizon_days - to_end.clip(0, None)) / interval_days).clip(0.0, None).fill_null(0.0) + 1
    tenure = pl.col("tenure_days").clip(0, None).cast(pl.Float64)
    minutes, prior = pl.col("minutes_28").log1p(), pl.col("minutes_prior_28").log1p()
    week, prior_weeks = pl.col("minutes_7").log1p(), (pl.col("minutes_prior_21") / 3).log1p()
    silence = pl.min_horizontal(pl.col("days_since_viewing").fill_null(56), pl.col("tenure_days")).clip(0, 56)
    ended_discount = (pl.col("days_since_discount_end") <= RECENT_DAYS).fill_null(value=False)
    ending_discount = (pl.col("days_to_discount_end") <= horizon_days).fill_null(value=False)
    rise = pl.when(pl.col("days_since_price_rise") <= RECENT_DAYS).then(pl.col("price_rise_share"))
    low_csat = (pl.col("lowest_csat_90") <= LOW_CSAT).fill_null(value=False)
    return {
        "auto_renew": {
            "off_and_due": off & due,
            "off_and_due_ahead": pl.when(off & due).then(ahead).otherwise(0.0),
            "off_and_due_later": off & ~due,
            "cancelled_before": pl.col("cancel_reverts").clip(0, 3),
        },
        "renewal": {
            "on_and_due": ~off & due,
            "on_and_due_ahead": pl.when(~off & due).then(ahead).otherwise(0.0),
            "on_and_due_ahead_squared": pl.when(~off & due).then(ahead**2).otherwise(0.0),
            "long_billing": long_billing,
            "long_billing_on_and_due": long_billing & ~off & due,
            "renewals_due": pl.when(due).then(dues.log()).otherwise(0.0),
            "overdue": (-to_end).clip(0, 30).fill_null(0).cast(pl.Float64).log1p(),
        },
        "payment": {
            "grace": (pl.col("status") == "grace").fill_null(value=False),
            "failures_30": pl.col("payment_failures_30").cast(pl.Float64).log1p(),
            "failures_90": pl.col("payment_failures_90").cast(pl.Float64).log1p(),
            "failures_90_and_due": (pl.col("payment_failures_90") > 0) & ~off & due,
            "days_in_grace": pl.col("days_in_grace").clip(0, 30).cast(pl.Float64).log1p().fill_null(0.0),
            "refunds_90": pl.col("refunds_90").clip(0, 2),
        },
        "tenure": {
            "tenure": tenure.log1p(),
            "tenure_on_and_due": pl.when(~off & due).then(tenure.log1p()).otherwise(0.0),
            "first_period": tenure <= DAYS_IN_MONTH,
            "spell": pl.col("spell_days").clip(0, None).cast(pl.Float64).log1p(),
        },
        "returns": {"returns": pl.col("returns").clip(0, 3)},
        "viewing": {
            "minutes_28": minutes,
            "active_days_28": pl.col("active_days_28").cast(pl.Float64).sqrt(),
            "silence": silence.cast(pl.Float64).log1p(),
            "trend_28": pl.when(tenure >= 56).then(minutes - prior).otherwise(0.0),
            "trend_7": pl.when(tenure >= 28).then(week - prior_weeks).otherwise(0.0),
        },
        "price": {"price_position": pl.col("price_position").clip(0.1, 10.0).log().fill_null(0.0)},
        "discount": {
            "discount_share": pl.col("discount_share"),
            "discount_ending": ending_discount.cast(pl.Float64) * pl.col("discount_share"),
            "discount_ended": ended_discount,
        },
        "price_rise": {"price_rise": rise.fill_null(0.0).clip(0.0, 1.0).sqrt()},
        "downgrade": {"downgrade": (pl.col("days_since_downgrade") <= RECENT_DAYS).fill_null(value=False)},
        "support": {
            "tickets_30": pl.col("support_tickets_30").cast(pl.Float64).log1p(),
            "tickets_90": pl.col("support_tickets_90").cast(pl.Float64).log1p(),
            "low_csat": low_csat,
        },
        "origin": {
            "began_with_trial": pl.col("began_with_trial").fill_null(value=False),
            "began_with_coupon": pl.col("began_with_coupon").fill_null(value=False),
        },
    }


def design(features: pl.DataFrame, horizon_days: int, levels: Levels) -> pl.DataFrame:
    """The terms of each row of ``features`` as Float64 columns, in a fixed order; same rows, same order.

    ``levels``: the categories with a term of their own, by feature, as learnt in training.
    """
    by_concept = term_expressions(horizon_days)
    numbers = [term.cast(pl.Float64).alias(name) for terms in by_concept.values() for name, term in terms.items()]
    return features.select(numbers).hstack(one_hot(features, levels))


def concept_of_terms(horizon_days: int, levels: Levels) -> dict[str, str]:
    """The concept of each term of ``design``; a category's concept is the name of its feature.

    The sales channel goes with the provider: a store is both, and one fact is not two reasons.
    """
    concepts = {name: concept for concept, terms in term_expressions(horizon_days).items() for name in terms}
    of_category = {feature: "provider" if feature == "channel" else feature for feature in levels}
    return concepts | {
        one_hot_name(feature, level): of_category[feature] for feature in levels for level in levels[feature]
    }
