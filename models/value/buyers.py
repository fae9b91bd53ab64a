"""What each buyer of passes, pay-per-view and rentals is expected to buy within a year, and for how much.

Belongs here: when purchases tell enough, the check on the newest of them, the table and the sentences. Does not belong
here: the models (``models.value.purchases``), which payments are purchases (the warehouse).
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from models.estimators import Floats
from models.history import customer_places
from models.value.notes import note_rows
from models.value.purchases import (
    DAYS_IN_WEEK,
    BetaGeometric,
    fit_beta_geometric,
    fit_gamma_gamma,
    summarise,
)

HORIZON_DAYS = 365
FEWEST_BUYERS = 100
FEWEST_REPEAT_BUYERS = 20
# What the check foretells: half a year, after at least as long a time to learn from.
CHECKED_DAYS = 182
# The likelihood is worked out some hundred times over all buyers: so many tell the parameters to a hundredth.
MOST_LEARNT_FROM = 20_000
_PURCHASES = "purchases"
MONEY = pl.Decimal(38, 4)
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "customer_id": pl.String,
    "purchase_days": pl.Int64,
    "first_purchase_date": pl.Date,
    "last_purchase_date": pl.Date,
    "revenue": MONEY,
    "horizon_days": pl.Int32,
    "active_probability": pl.Float64,
    "expected_purchases": pl.Float64,
    "expected_purchase_value": MONEY,
    "expected_revenue": MONEY,
    "as_of_date": pl.Date,
}


def value_buyers(purchases: pl.DataFrame, as_of_date: date) -> dict[str, pl.DataFrame]:
    """Fit and foretell; ``purchases`` has customer_id, purchase_date and revenue, a row a day with purchases.

    Returns ``fct_purchase_values``, a row a buyer or no row at all, and ``value_notes``.
    """
    nobody = pl.DataFrame(schema=COLUMNS)
    summary = _summary(purchases, as_of_date)
    buyers, repeat_buyers = summary.height, summary.filter(pl.col("repeats") > 0).height
    if buyers < FEWEST_BUYERS or repeat_buyers < FEWEST_REPEAT_BUYERS:
        too_few = (
            f"{buyers} customers bought a pass, pay-per-view or a rental, {repeat_buyers} of them on two days or more: "
            f"expected purchases take {FEWEST_BUYERS} and {FEWEST_REPEAT_BUYERS}."
        )
        return {"fct_purchase_values": nobody, "value_notes": _notes([too_few], as_of_date)}
    try:
        rate = _rate(summary)
        told = _foretold(summary, rate)
    except ValueError as error:
        return {"fct_purchase_values": nobody, "value_notes": _notes([f"No expected purchases: {error}"], as_of_date)}
    notes = _checked(purchases, as_of_date)
    try:
        told = told.with_columns(expected_purchase_value=_sizes(summary))
    except ValueError as error:
        notes.append(f"No expected value of purchases: {error}")
    return {"fct_purchase_values": _values(purchases, told, as_of_date), "value_notes": _notes(notes, as_of_date)}


def _notes(notes: list[str], as_of_date: date) -> pl.DataFrame:
    return note_rows(((_PURCHASES, "(all)", note) for note in notes), as_of_date)


def _summary(purchases: pl.DataFrame, until: date) -> pl.DataFrame:
    return summarise(purchases.rename({"revenue": "value"}), until)


def _columns(summary: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    repeats, recency, age = (summary[name].cast(pl.Float64).to_numpy() for name in ("repeats", "recency", "age"))
    return repeats, recency, age


def _learnt_from(summary: pl.DataFrame) -> pl.DataFrame:
    """All buyers or as many as are worth the time: the same people whoever else comes or goes."""
    if summary.height <= MOST_LEARNT_FROM:
        return summary
    return summary[np.sort(np.argsort(customer_places(summary["customer_id"]), kind="stable")[:MOST_LEARNT_FROM])]


def _rate(summary: pl.DataFrame) -> BetaGeometric:
    return fit_beta_geometric(*_columns(_learnt_from(summary)))


def _foretold(summary: pl.DataFrame, rate: BetaGeometric) -> pl.DataFrame:
    """The buyers with what the rate of purchases says of each; their value is not known yet."""
    expected = rate.expected_purchases(HORIZON_DAYS / DAYS_IN_WEEK, *_columns(summary))
    if not np.isfinite(expected).all():
        raise ValueError("The fitted model foretells no number for every buyer.")
    return summary.select(
        "customer_id",
        active_probability=pl.Series(rate.alive(*_columns(summary))),
        expected_purchases=pl.Series(expected),
        expected_purchase_value=pl.lit(None, pl.Float64),
    )


def _sizes(summary: pl.DataFrame) -> pl.Series:
    known = _learnt_from(summary)
    size = fit_gamma_gamma(_columns(known)[0], _means(known))
    if size.q <= 1:
        raise ValueError("The sizes of purchases differ so much that their mean is not determined.")
    return pl.Series(size.expected_value(_columns(summary)[0], _means(summary)))


def _means(summary: pl.DataFrame) -> Floats:
    return summary["mean_repeat_value"].fill_null(0.0).to_numpy()


def _checked(purchases: pl.DataFrame, as_of_date: date) -> list[str]:
    """A sentence on what a fit that has not seen the newest half year foretold of it; none without a fit."""
    until = as_of_date - timedelta(days=CHECKED_DAYS)
    earlier = _summary(purchases, until)
    if earlier.height < FEWEST_BUYERS or earlier.filter(pl.col("repeats") > 0).height < FEWEST_REPEAT_BUYERS:
        return []
    try:
        rate = _rate(earlier)
    except ValueError:
        return []
    expected = rate.expected_purchases(CHECKED_DAYS / DAYS_IN_WEEK, *_columns(earlier)).sum()
    came = purchases.filter(
        (pl.col("purchase_date") > until) & pl.col("customer_id").is_in(earlier["customer_id"].implode())
    ).height
    return [
        f"Of the {earlier.height} who had bought by {until:%-d %B %Y}, a fit of until then expected {expected:.0f} "
        f"purchases by {as_of_date:%-d %B %Y}; {came} came."
    ]


def _values(purchases: pl.DataFrame, told: pl.DataFrame, as_of_date: date) -> pl.DataFrame:
    done = purchases.group_by("customer_id").agg(
        purchase_days=pl.len().cast(pl.Int64),
        first_purchase_date=pl.col("purchase_date").min(),
        last_purchase_date=pl.col("purchase_date").max(),
        revenue=pl.col("revenue").sum(),
    )
    return (
        done.join(told, on="customer_id")
        .with_columns(
            horizon_days=pl.lit(HORIZON_DAYS, pl.Int32),
            expected_revenue=(pl.col("expected_purchases") * pl.col("expected_purchase_value")).round(4).cast(MONEY),
            expected_purchase_value=pl.col("expected_purchase_value").round(4).cast(MONEY),
            as_of_date=pl.lit(as_of_date),
        )
        .select(pl.col(name).cast(kind) for name, kind in COLUMNS.items())
        .sort("customer_id")
    )
