"""Tests of the reference's MRR of one subscription by examples computed by hand.

Belongs here: factors, rounding, discounts, exchange rates.
Does not belong here: changes from day to day (``test_movements``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from . import Event, FxRate
from .examples import at, event, moves, mrr, run


@pytest.mark.parametrize(
    ("amount", "interval", "interval_count", "expected"),
    [
        ("1", "day", None, "30.4167"),
        ("1", "day", 7, "4.3452"),
        ("3", "week", 1, "13.0000"),
        ("3", "week", 4, "3.2500"),
        ("9.99", "month", None, "9.9900"),
        ("10", "month", 3, "3.3333"),
        ("20", "month", 3, "6.6667"),
        ("99.90", "year", 1, "8.3250"),
        ("100", "year", 2, "4.1667"),
        ("99.9006", "year", 1, "8.3251"),  # 8.32505
        ("0.0006", "year", 1, "0.0001"),  # 0.00005
        ("10.0005", "week", 2, "21.6678"),  # 21.66775
        ("0.3006", "day", 1, "9.1433"),  # 9.14325
    ],
)
def test_months_factor_and_half_up(amount: str, interval: str, interval_count: int | None, expected: str) -> None:
    columns: dict[str, Any] = {"amount": amount, "billing_interval": interval, "billing_interval_count": interval_count}
    assert mrr(run([event("started", "2025-01-01", **columns)], "2025-01-01")) == expected


def test_a_discount_counts_before_its_end_and_never_below_nothing() -> None:
    def discounted(amount: str, ends_at: str | None, as_of: str) -> str:
        ends = None if ends_at is None else at(ends_at)
        columns: dict[str, Any] = {"discount_amount": Decimal(amount), "discount_ends_at": ends}
        return mrr(run([event("started", "2025-01-01", **columns)], as_of))

    assert discounted("4", None, "2030-01-01") == "6.0000"
    assert discounted("12", None, "2025-01-01") == "0.0000"
    assert discounted("4", "2025-01-10", "2025-01-09T23:59:59") == "6.0000"
    assert discounted("4", "2025-01-10", "2025-01-10") == "10.0000"
    assert discounted("4", "2024-01-10", "2025-01-01") == "10.0000"


@pytest.mark.parametrize("ends_at", ["2025-01-10", "2025-01-10T12:00", "2025-01-10T23:59:59"])
def test_mrr_rises_without_an_event_on_the_day_a_discount_ends(ends_at: str) -> None:
    columns: dict[str, Any] = {"discount_amount": Decimal("4"), "discount_ends_at": at(ends_at)}
    result = run([event("started", "2025-01-01", **columns)], "2025-01-20")
    assert moves(result) == [("2025-01-01", "new", "6.0000"), ("2025-01-10", "expansion", "4.0000")]


def test_a_discount_that_ends_now_ends_its_span_and_one_that_ends_later_does_not() -> None:
    columns: dict[str, Any] = {"discount_amount": Decimal("4"), "discount_ends_at": at("2025-01-10")}
    events = [event("started", "2025-01-01", **columns)]

    def spans(as_of: str) -> list[tuple[datetime, datetime | None, str]]:
        periods = run(events, as_of).fct_subscription_periods
        return [(row["valid_from"], row["valid_to"], str(row["mrr"])) for row in periods]

    assert spans("2025-01-09") == [(at("2025-01-01"), None, "6.0000")]
    assert spans("2025-01-10") == [(at("2025-01-01"), at("2025-01-10"), "6.0000"), (at("2025-01-10"), None, "10.0000")]


def test_a_plan_change_without_a_discount_has_none() -> None:
    events = [event("started", "2025-01-01", discount_amount=Decimal("4")), event("plan_changed", "2025-01-02")]
    assert mrr(run(events, "2025-01-03")) == "10.0000"


RATES = [
    FxRate(date(2025, 1, 1), "USD", Decimal("0.9")),
    FxRate(date(2025, 2, 1), "USD", Decimal("0.8")),
    FxRate(date(2025, 3, 1), "USD", Decimal("0.7")),
]


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([event("renewed", "2025-02-15", currency="USD")], "9.0000"),
        ([event("renewed", "2025-02-15", currency="USD", billing_interval_count=1)], "9.0000"),
        ([event("renewed", "2025-02-15", currency="USD", discount_amount=Decimal("1"))], "8.1000"),
        ([event("renewed", "2025-02-15", currency="USD", amount="11")], "8.8000"),
        ([event("renewed", "2025-02-15", currency="USD", billing_interval_count=2)], "4.0000"),
        ([event("plan_changed", "2025-02-15", currency="USD")], "8.0000"),
        ([event("trial_converted", "2025-02-15", currency="USD")], "8.0000"),
        ([event("hold_entered", "2025-02-14"), event("renewed", "2025-02-15", currency="USD")], "9.0000"),
        ([event("ended", "2025-02-14"), event("renewed", "2025-02-15", currency="USD")], "8.0000"),
        ([event("ended", "2025-02-14"), event("recovered", "2025-02-15")], "9.0000"),
    ],
)
def test_only_a_renewal_of_a_live_subscription_on_the_same_terms_keeps_its_rate(
    later: list[Event], expected: str
) -> None:
    events = [event("started", "2025-01-15", currency="USD"), *later]
    result = run(events, "2025-03-15", RATES)
    assert mrr(result) == expected


def test_which_rate_is_that_of_a_day() -> None:
    def rate_of(when: str, rates: list[FxRate], as_of: str = "2025-06-01") -> str:
        return mrr(run([event("started", when, currency="USD")], as_of, rates))

    assert rate_of("2025-02-01", RATES) == "8.0000"
    assert rate_of("2025-01-31T23:59", RATES) == "9.0000"
    assert rate_of("2024-06-01", RATES) == "9.0000"
    repeated = [
        FxRate(date(2025, 2, 1), "USD", Decimal("0.5"), at("2025-02-02")),
        FxRate(date(2025, 2, 1), "USD", Decimal("0.6"), at("2025-02-02")),
        FxRate(date(2025, 2, 1), "USD", Decimal("0.4"), at("2025-05-01")),
    ]
    assert rate_of("2025-02-01", [*RATES, *repeated]) == "4.0000"
    assert rate_of("2025-02-01", [*RATES, *repeated], "2025-04-30") == "6.0000"
    assert rate_of("2025-02-01", [*RATES, *repeated], "2025-02-01") == "8.0000"
    with pytest.raises(ValueError, match="Currency USD has no exchange rate"):
        rate_of("2025-02-01", [])
