"""What the score of one customer would be with another price, discount or interval, everything else as it is.

Belongs here: which features such a change moves, and the scores side by side. Does not belong here: an effect. The
model has learnt what goes with leaving; what a change would do takes an experiment (``models.experiments``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from models.estimators import probability
from models.scoring import PROBABILITY_DECIMALS, risk_band
from models.trained import TrainedModel

NOT_AN_EFFECT = (
    "What goes with leaving among past customers, not what a change would do: only an experiment tells that."
)
AS_IT_IS = "As it is"
DAYS_IN_YEAR, MONTHS_IN_YEAR = 365.25, 12
# Customers whose plan is like one that is asked about: as long an interval, and price and discount within this.
_LIKE = 0.05
PRICES = (-0.2, -0.1, 0.1, 0.2)
DISCOUNTS = (0.25, 0.5)
INTERVALS = (1.0, 12.0)


@dataclass(frozen=True)
class Change:
    """Another price a month, discount (a share of the price, without an end) or interval in months; none: as it is."""

    label: str
    monthly_price: float | None = None
    discount_share: float | None = None
    billing_months: float | None = None


def usual_changes(customer: pl.DataFrame) -> list[Change]:
    """What is worth asking of a customer (one row of the feature mart): some prices, discounts, the other interval."""
    row = customer.row(0, named=True)
    price, share, months = row["monthly_price"], row["discount_share"], row["billing_months"]
    changes = []
    if price:
        changes += [Change(f"The price {part:+.0%}", monthly_price=price * (1 + part)) for part in PRICES]
    if share:
        changes.append(Change("Without the discount", discount_share=0.0))
    changes += [Change(f"A discount of {part:.0%}", discount_share=part) for part in DISCOUNTS if part != share]
    names = {1.0: "A plan of a month", 12.0: "A plan of a year"}
    changes += [Change(names[each], billing_months=each) for each in INTERVALS if months and each != months]
    return changes


def changed(customer: pl.DataFrame, change: Change) -> pl.DataFrame:
    """The row with what a change moves: a price its place among prices too, an interval the days to its end."""
    row = customer
    if change.monthly_price is not None:
        price = pl.lit(change.monthly_price)
        row = row.with_columns(
            price_position=pl.col("price_position") * price / pl.col("monthly_price"), monthly_price=price
        )
    if change.discount_share is not None:
        nothing = pl.lit(None, pl.Int64)
        row = row.with_columns(
            discount_share=pl.lit(change.discount_share),
            days_to_discount_end=nothing,
            days_since_discount_end=nothing if change.discount_share else pl.col("days_since_discount_end"),
        )
    if change.billing_months is not None:
        # As if the first period of the other interval began today.
        days = round(change.billing_months * DAYS_IN_YEAR / MONTHS_IN_YEAR)
        row = row.with_columns(
            billing_months=pl.lit(change.billing_months),
            days_to_period_end=pl.lit(days),
            days_to_end_when_off=pl.when(pl.col("days_to_end_when_off").is_not_null()).then(days),
        )
    return row.cast(customer.schema)


def what_if(
    model: TrainedModel, customer: pl.DataFrame, changes: Sequence[Change], plans: pl.DataFrame
) -> pl.DataFrame:
    """The score of ``customer`` (one row of the feature mart) as it is, and with each of ``changes``, one row each.

    ``plans``: monthly_price, discount_share and billing_months of all rows of the mart. Columns: ``change``,
    ``churn_probability``, ``risk_band``, ``difference``, and ``seen``: the customers and days with such a plan in the
    mart; where there are few, the model has nothing to go by.
    """
    asked = [Change(AS_IT_IS), *changes]
    rows = pl.concat([changed(customer, change) for change in asked])
    chances = pl.Series(probability(model.log_odds(rows))).round(PROBABILITY_DECIMALS)
    return pl.DataFrame({"change": [change.label for change in asked], "churn_probability": chances}).with_columns(
        risk_band=risk_band(pl.col("churn_probability"), model.base_rate),
        difference=(pl.col("churn_probability") - chances[0]).round(PROBABILITY_DECIMALS),
        seen=pl.Series([_seen(plans, row) for row in rows.iter_rows(named=True)], dtype=pl.Int64),
    )


def _seen(plans: pl.DataFrame, row: dict[str, object]) -> int:
    price, share = pl.lit(row["monthly_price"], pl.Float64), pl.lit(row["discount_share"], pl.Float64)
    return plans.filter(
        (pl.col("billing_months").cast(pl.Float64) - pl.lit(row["billing_months"], pl.Float64)).abs().le(_LIKE)
        & (pl.col("monthly_price").cast(pl.Float64) - price).abs().le(price * _LIKE)
        & (pl.col("discount_share").cast(pl.Float64) - share).abs().le(_LIKE)
    ).height
