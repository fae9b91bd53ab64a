"""Tests of the reference as a whole: the worked example of the definitions, exactly, and months and cohorts by hand.

Belongs here: every public table of one small example.
Does not belong here: single rules (``test_state``, ``test_mrr``, ``test_movements``).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from . import Event
from .examples import at, churns, event, moves, run


def worked_example() -> list[Event]:
    price: dict[str, Any] = {"amount": "9.99"}
    discount: dict[str, Any] = {"discount_amount": Decimal("4.995"), "discount_ends_at": at("2025-03-10")}
    yearly: dict[str, Any] = {"amount": "99.90", "billing_interval": "year"}
    return [
        event("started", "2025-01-10T09:00", period_end=at("2025-02-10"), **price, **discount),
        event("renewed", "2025-02-10", period_end=at("2025-03-10"), **price, **discount),
        event("renewed", "2025-03-10", period_end=at("2025-04-10"), **price),
        event("grace_entered", "2025-04-10"),
        event("hold_entered", "2025-04-17"),
        event("recovered", "2025-04-20", period_end=at("2025-05-20")),
        event("plan_changed", "2025-05-01", period_end=at("2026-05-01"), **yearly),
        event("cancel_scheduled", "2025-06-03"),
        event("ended", "2026-05-01"),
    ]


def test_worked_example_movements() -> None:
    result = run(worked_example(), "2026-06-15")
    assert moves(result) == [
        ("2025-01-10", "new", "4.9950"),
        ("2025-03-10", "expansion", "4.9950"),
        ("2025-04-17", "churn", "-9.9900"),
        ("2025-04-20", "reactivation", "9.9900"),
        ("2025-05-01", "contraction", "-1.6650"),
        ("2026-05-01", "churn", "-8.3250"),
    ]
    assert churns(result) == [
        ("2025-04-17", "involuntary", "state_hold"),
        ("2026-05-01", "voluntary", "auto_renew_off"),
    ]
    assert result.sequence_anomalies == []


def test_worked_example_subscription_and_periods() -> None:
    result = run(worked_example(), "2026-06-15")
    (subscription,) = result.fct_subscriptions
    assert subscription == {
        "subscription_id": "s",
        "customer_id": "c",
        "status": "ended",
        "auto_renew": False,
        "offer_id": None,
        "channel": None,
        "provider": None,
        "started_at": at("2025-01-10T09:00"),
        "period_end": at("2026-05-01"),
        "ended_at": at("2026-05-01"),
        "churn_kind": "voluntary",
        "churn_rule": "auto_renew_off",
        "mrr": Decimal("0.0000"),
    }
    spans = [
        (row["valid_from"], row["valid_to"], row["status"], row["auto_renew"], str(row["mrr"]))
        for row in result.fct_subscription_periods
    ]
    assert spans == [
        (at("2025-01-10T09:00"), at("2025-03-10"), "active", True, "4.9950"),
        (at("2025-03-10"), at("2025-04-10"), "active", True, "9.9900"),
        (at("2025-04-10"), at("2025-04-17"), "grace", True, "9.9900"),
        (at("2025-04-17"), at("2025-04-20"), "on_hold", True, "0.0000"),
        (at("2025-04-20"), at("2025-05-01"), "active", True, "9.9900"),
        (at("2025-05-01"), at("2025-06-03"), "active", True, "8.3250"),
        (at("2025-06-03"), at("2026-05-01"), "active", False, "8.3250"),
        (at("2026-05-01"), None, "ended", False, "0.0000"),
    ]


def test_worked_example_months_cohort_and_survival() -> None:
    result = run(worked_example(), "2026-06-15")
    assert [row["month"] for row in result.fct_mrr_monthly][::17] == [date(2025, 1, 1), date(2026, 6, 1)]
    april = result.fct_mrr_monthly[3]
    assert april == {
        "month": date(2025, 4, 1),
        "opening_mrr": Decimal("9.9900"),
        "new_mrr": 0,
        "expansion_mrr": 0,
        "contraction_mrr": 0,
        "churn_mrr": Decimal("-9.9900"),
        "reactivation_mrr": Decimal("9.9900"),
        "closing_mrr": Decimal("9.9900"),
        "opening_customers": 1,
        "new_customers": 0,
        "reactivated_customers": 0,
        "churned_customers": 0,
        "voluntary_churned_customers": 0,
        "involuntary_churned_customers": 0,
        "closing_customers": 1,
        "customer_churn_rate": 0,
        "gross_mrr_churn_rate": 1,
        "net_mrr_churn_rate": 0,
    }
    assert result.fct_mrr_monthly[4]["gross_mrr_churn_rate"] == Fraction("1.665") / Fraction("9.99")
    cells = result.fct_cohort_retention
    assert [row["retained_customers"] for row in cells] == [1] * 16 + [0, 0]
    assert [row["is_complete"] for row in cells] == [True] * 17 + [False]
    assert result.survival_durations == [{"customer_id": "c", "days": 97, "churned": True}]


def five_customers() -> list[Event]:
    """February 2025: a stays, b goes, d comes and goes, e comes, goes and returns, f returns after a January."""
    return [
        event("started", "2025-01-05", "a", "a"),
        event("started", "2025-01-05", "b", "b", amount="20"),
        event("cancel_scheduled", "2025-02-01", "b", "b"),
        event("ended", "2025-02-10", "b", "b"),
        event("started", "2025-02-03", "d", "d"),
        event("ended", "2025-02-13", "d", "d"),
        event("started", "2025-02-03", "e", "e"),
        event("paused", "2025-02-05", "e", "e"),
        event("resumed", "2025-02-07", "e", "e"),
        event("started", "2025-01-03", "f", "f"),
        event("ended", "2025-01-20", "f", "f"),
        event("renewed", "2025-02-20", "f", "f", amount="30"),
    ]


def test_month_counts_compare_open_with_close_and_sums_add_movements() -> None:
    february = run(five_customers(), "2025-03-15").fct_mrr_monthly[1]
    expected = {
        "opening_mrr": 30,
        "new_mrr": 20,
        "churn_mrr": -40,
        "reactivation_mrr": 40,
        "closing_mrr": 50,
        "opening_customers": 2,
        "new_customers": 1,
        "reactivated_customers": 1,
        "churned_customers": 1,
        "voluntary_churned_customers": 1,
        "involuntary_churned_customers": 0,
        "closing_customers": 3,
        "customer_churn_rate": Fraction(1, 2),
        "gross_mrr_churn_rate": Fraction(4, 3),
        "net_mrr_churn_rate": 0,
    }
    assert {name: february[name] for name in expected} == expected


def test_no_opening_is_null() -> None:
    january = run(five_customers(), "2025-03-15").fct_mrr_monthly[0]
    rates = ("customer_churn_rate", "gross_mrr_churn_rate", "net_mrr_churn_rate")
    assert [january[name] for name in rates] == [None] * 3


def test_cohorts_keep_those_gone_at_once_and_cells_with_nobody_left() -> None:
    result = run(five_customers(), "2025-03-15")
    cells = [tuple(row.values()) for row in result.fct_cohort_retention]
    january, february = date(2025, 1, 1), date(2025, 2, 1)
    assert cells == [
        (january, 0, 3, 2, Fraction(2, 3), True),
        (january, 1, 3, 2, Fraction(2, 3), True),
        (january, 2, 3, 2, Fraction(2, 3), False),
        (february, 0, 2, 1, Fraction(1, 2), True),
        (february, 1, 2, 1, Fraction(1, 2), False),
    ]
    assert [tuple(row.values()) for row in result.survival_durations] == [
        ("a", 69, False),
        ("b", 36, True),
        ("d", 10, True),
        ("e", 2, True),
        ("f", 17, True),
    ]
