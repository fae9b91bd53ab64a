"""The churn target by the house definition, at its boundaries."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from models.target import churn_target

AS_OF = datetime.fromisoformat("2025-06-01T00:00:00")
DAY = date(2025, 3, 1)
HORIZON_END = date(2025, 3, 31)


def paying(*spans: tuple[str, date, date | None]) -> pl.DataFrame:
    return pl.DataFrame(
        [(name, start, end, Decimal("9.99")) for name, start, end in spans],
        schema={"customer_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date, "mrr": pl.Decimal(18, 4)},
        orient="row",
    )


def target_of(*spans: tuple[str, date, date | None]) -> dict[str, bool]:
    target = churn_target(paying(*spans), DAY, 30, as_of=AS_OF)
    assert target.columns == ["customer_id", "churned"]
    return dict(target.iter_rows())


def test_only_those_with_mrr_at_the_close_of_the_day_have_a_target() -> None:
    spans = [
        ("began_that_day", DAY, None),
        ("ended_that_day", date(2025, 1, 1), DAY),
        ("ended_next_day", date(2025, 1, 1), date(2025, 3, 2)),
        ("begins_next_day", date(2025, 3, 2), None),
    ]
    assert target_of(*spans) == {"began_that_day": False, "ended_next_day": True}


def test_the_end_of_the_horizon_decides() -> None:
    spans = [
        ("gone_on_the_last_day", DAY, HORIZON_END),
        ("gone_a_day_later", DAY, date(2025, 4, 1)),
        ("never_gone", DAY, None),
    ]
    assert target_of(*spans) == {"gone_on_the_last_day": True, "gone_a_day_later": False, "never_gone": False}


def test_who_left_and_came_back_within_the_horizon_did_not_churn() -> None:
    back = [("back_in_time", DAY, date(2025, 3, 10)), ("back_in_time", HORIZON_END, None)]
    late = [("back_too_late", DAY, date(2025, 3, 10)), ("back_too_late", date(2025, 4, 1), None)]
    assert target_of(*back, *late) == {"back_in_time": False, "back_too_late": True}


def test_a_change_of_price_is_not_churn() -> None:
    assert target_of(("c", DAY, date(2025, 3, 5)), ("c", date(2025, 3, 5), None)) == {"c": False}


def test_a_target_that_is_not_over_is_refused() -> None:
    spans = paying(("c", DAY, None))
    end_is_over = datetime.fromisoformat("2025-04-01T00:00:00")
    assert churn_target(spans, DAY, 30, as_of=end_is_over).height == 1
    with pytest.raises(ValueError, match="needs 2025-03-31 to be over"):
        churn_target(spans, DAY, 30, as_of=datetime.fromisoformat("2025-03-31T23:59:59.999999"))


def test_a_horizon_of_no_days_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        churn_target(paying(("c", DAY, None)), DAY, 0, as_of=AS_OF)
