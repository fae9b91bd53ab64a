"""What a change is made of, and when it is news.

Belongs here: arithmetic known by head. Does not belong here: pages.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pipelines.readings.contributions import SEVERAL, break_down, ranked
from pipelines.readings.insights import caution, is_news, what_changed
from pipelines.readings.intervals import wilson
from pipelines.readings.questions import Question


def test_a_breakdown_sums_to_the_change() -> None:
    """Who has two values counts on both; without the row for them the table added up to more than the number."""
    found = break_down("offer", {"basic": 7.0, "plus": 5.0}, {"basic": 6.0, "plus": 8.0, "week": 1.0}, (10.0, 13.0))
    assert found.rows["value"].to_list() == ["plus", "basic", "week", SEVERAL] or SEVERAL in found.rows["value"]
    assert math.isclose(found.rows["change"].sum(), 3.0)
    assert math.isclose(found.rows["before"].sum(), 10.0)


def test_the_dimension_that_explains_most_is_first() -> None:
    """All of the fall is of one offer, and of both countries as they were."""
    offer = break_down("offer", {"basic": 50.0, "plus": 50.0}, {"basic": 50.0, "plus": 30.0}, (100.0, 80.0))
    country = break_down("country", {"NL": 60.0, "DE": 40.0}, {"NL": 48.0, "DE": 32.0}, (100.0, 80.0))
    single = break_down("currency", {"EUR": 100.0}, {"EUR": 80.0}, (100.0, 80.0))
    assert [each.dimension for each in ranked([country, single, offer])] == ["offer", "country"]
    assert country.explained == pytest.approx(0)
    assert offer.explained == pytest.approx(0.5)


@pytest.mark.parametrize("before", [{}, {"NL": 0.0}])
def test_nothing_before_is_no_error(before: dict[str, float]) -> None:
    assert break_down("country", before, {"NL": 5.0}, (0.0, 5.0)).rows["change"].sum() == 5


def test_noise_is_not_news() -> None:
    steady = [1.0, -1.0, 2.0, -2.0, 1.5, -1.5]
    assert is_news([*steady, 3.0]) is False
    assert is_news([*steady, 40.0]) is True
    assert is_news([1.0, 2.0, 30.0]) is None
    assert is_news([0.0] * 7) is False


@pytest.mark.parametrize(("part", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (0, 0, 0, 1)])
def test_intervals_are_wilsons(part: int, of: int, low: float, high: float) -> None:
    """Known values: Newcombe (1998), table I's method 3."""
    assert wilson(part, of) == pytest.approx((low, high), abs=1e-4)


def test_churn_that_is_still_to_come_is_said() -> None:
    """Churn of KKBox fell from 82.7% to 62.4%, an unusual change: half of MRR had not been told of for weeks."""
    assert caution(Decimal(1000), Decimal(49), "TWD") is None
    assert caution(Decimal(0), Decimal(0), "TWD") is caution(None, None, "TWD") is None
    said = caution(Decimal(900_000), Decimal(450_000), "TWD")
    assert said
    assert said.startswith("TWD 450,000 of MRR (50%) is past its paid period")


def test_what_stays_is_not_said_to_move() -> None:
    """Nobody had left: MRR lost to churn stayed from EUR -0.00 to EUR -0.00, as usual in three months."""
    months = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)]

    def ask(question: Question) -> list[dict[str, Any]]:
        return [] if question.by else [{"period": month, question.metric: 0} for month in months]

    sentences = {each.link.query["metric"]: each for each in what_changed(ask, months, "EUR", {})}
    assert sentences["churn_mrr"].sentence.startswith(
        "MRR lost to churn stayed at EUR 0.00 in Mar 2025, too few months"
    )
    assert sentences["customer_churn_rate"].sentence.startswith(
        "Customer churn stayed at 0.0% in Mar 2025 (0 of 0 cust"
    )
    assert sentences["churn_mrr"].is_news is None
    # Of a sender that tells of no failed payment it said that these cost 0.0% of the customers, as usual.
    assert "involuntary_churn_rate" not in sentences
