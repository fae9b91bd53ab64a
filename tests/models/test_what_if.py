"""The score of a customer with another price, discount or interval.

Belongs here: which features a change moves, and that nothing else does. Does not belong here: the command and the page.
"""

from __future__ import annotations

from functools import cache

import polars as pl
import pytest

from models.scoring import score
from models.trained import FLOOR, TREES, TrainedModel
from models.training import train
from models.what_if import AS_IT_IS, Change, changed, usual_changes, what_if
from tests.models.histories import make_history


@cache
def _trained() -> tuple[TrainedModel, pl.DataFrame, pl.DataFrame]:
    history = make_history(120)
    model = train(history)
    return model, history.of_scoring_day().drop("mrr"), score(model, history)


def _asked(*changes: Change, price: float | None = 9.99) -> pl.DataFrame:
    model, rows, _ = _trained()
    row = rows.filter(pl.col("monthly_price") == 9.99).head(1).with_columns(monthly_price=pl.lit(price, pl.Float64))
    return what_if(model, row, changes or usual_changes(row), rows)


def test_nothing_changed_is_the_published_score() -> None:
    """Two figures for the same customer beside each other would be one too many."""
    model, rows, scores = _trained()
    assert model.kind in {FLOOR, TREES}
    for place in range(20):
        found = what_if(model, rows[place], [Change("the same", monthly_price=rows["monthly_price"][place])], rows)
        published = scores.filter(pl.col("customer_id") == rows["customer_id"][place])
        assert found["churn_probability"].to_list() == [published["churn_probability"][0]] * 2
        assert found["risk_band"].to_list() == [published["risk_band"][0]] * 2
        assert found["difference"].to_list() == [0, 0]


def test_the_usual_changes_are_of_what_the_customer_has() -> None:
    """A customer by the month was offered a month, and one who pays nothing a cheaper price."""
    assert _asked()["change"].to_list() == [
        *(AS_IT_IS, "The price -20%", "The price -10%", "The price +10%", "The price +20%"),
        *("A discount of 25%", "A discount of 50%", "A plan of a year"),
    ]
    assert "The price -20%" not in _asked(price=None)["change"].to_list()


def test_seen_counts_those_with_such_a_plan() -> None:
    """A price that nobody ever paid has a score too, and it means nothing."""
    _, rows, _ = _trained()
    found = _asked(Change("unheard of", monthly_price=99.0), Change("the dear one", monthly_price=14.99))
    dear = rows.filter(pl.col("monthly_price") == 14.99).height
    assert found["seen"].to_list() == [rows.height - dear, 0, dear]


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        (Change("price", monthly_price=5.0), {"monthly_price": 5.0, "price_position": 0.5}),
        (
            Change("discount", discount_share=0.5),
            {"discount_share": 0.5, "days_to_discount_end": None, "days_since_discount_end": None},
        ),
        (Change("none", discount_share=0.0), {"discount_share": 0.0, "days_to_discount_end": None}),
        (
            Change("year", billing_months=12.0),
            {"billing_months": 12.0, "days_to_period_end": 365, "days_to_end_when_off": 365},
        ),
    ],
)
def test_a_change_moves_what_follows_from_it_and_nothing_else(change: Change, moved: dict[str, float | None]) -> None:
    """A yearly plan that still ended next week was worse than leaving it."""
    _, rows, _ = _trained()
    row = rows.head(1).with_columns(
        monthly_price=pl.lit(10.0),
        price_position=pl.lit(1.0),
        discount_share=pl.lit(0.25),
        days_to_discount_end=pl.lit(7.0),
        days_since_discount_end=pl.lit(3.0),
        days_to_end_when_off=pl.lit(4, pl.Int64),
    )
    before, after = row.row(0, named=True), changed(row, change).row(0, named=True)
    assert {name: value for name, value in after.items() if value != before[name]} == moved
