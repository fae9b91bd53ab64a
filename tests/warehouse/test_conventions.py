"""Every vendor's formula from events to the mart on an example worked by hand, and the metrics layer against the marts.

Belongs here: definition variants end to end. Does not belong here: branches of models (``dbt_project/unit_tests``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.metrics import compile_metric, dimensions_of, find_metric, metrics
from pipelines.settings import Settings
from tests.warehouse.building import Warehouse, build_warehouse

# (customer, event, day, period end, more): EUR 10 a month at stripe unless it says otherwise.
WEEKLY = {"amount": "2.99", "billing_interval": "week"}
REDUCED = {"discount_amount": "4", "discount_ends_at": "2025-03-10T00:00:00Z"}
STORY: list[tuple[str, str, str, str | None, dict[str, Any]]] = [
    ("stays", "started", "2025-01-10", "2025-02-10", {}),
    ("stays", "renewed", "2025-02-10", "2025-03-10", {}),
    ("stays", "renewed", "2025-03-10", "2025-04-10", {}),
    ("held", "started", "2025-01-10", "2025-02-10", {}),
    ("held", "grace_entered", "2025-02-10", None, {}),
    ("held", "hold_entered", "2025-02-17", None, {}),
    ("held", "ended", "2025-03-05", None, {"end_reason": "payment_failed"}),
    ("cancelled", "started", "2025-01-10", "2025-02-10", {}),
    ("cancelled", "cancel_scheduled", "2025-01-20", None, {}),
    ("cancelled", "ended", "2025-02-10", None, {"end_reason": "customer_cancelled"}),
    ("at_apple", "started", "2025-01-10", "2025-02-10", {"provider": "apple"}),
    ("at_apple", "cancel_scheduled", "2025-01-20", None, {"provider": "apple"}),
    ("at_apple", "ended", "2025-02-10", None, {"provider": "apple", "end_reason": "customer_cancelled"}),
    ("tried", "trial_started", "2025-01-20", "2025-02-03", {}),
    ("tried", "ended", "2025-02-03", None, {}),
    ("came_and_went", "started", "2025-02-03", "2025-02-10", WEEKLY),
    ("came_and_went", "renewed", "2025-02-10", "2025-02-17", WEEKLY),
    ("came_and_went", "ended", "2025-02-17", None, {}),
    ("reduced", "started", "2025-01-10", "2025-02-10", REDUCED),
    ("reduced", "renewed", "2025-02-10", "2025-03-10", REDUCED),
    ("reduced", "renewed", "2025-03-10", "2025-04-10", {}),
    ("weekly", "started", "2025-02-24", "2025-03-03", WEEKLY),
    ("weekly", "renewed", "2025-03-03", "2025-03-10", WEEKLY),
    ("weekly", "renewed", "2025-03-10", "2025-03-17", WEEKLY),
    ("returned", "started", "2025-01-10", "2025-02-10", {}),
    ("returned", "ended", "2025-02-05", None, {}),
    ("returned", "started", "2025-02-20", "2025-03-20", {"subscription_id": "returned-again"}),
]

# February by hand. At the open pay: stays, held, cancelled, at_apple, reduced, returned (6; MRR 5 x 10 + 6 = 56); new
# in February: came_and_went, weekly. A weekly 2.99 is 2.99 x 52 / 12 = 12.9567 by the house and 2.99 x 4 = 11.96 where
# a month has 28 days.
BY_HAND: dict[tuple[str, str], tuple[Any, Any, str]] = {
    # held, cancelled, at_apple / 6
    ("customer_churn_rate", "house"): (3, 6, "0.5"),
    # Cleeng article 360009081180: those three, tried and came_and_went / (6 and tried at the start + 2 new)
    ("customer_churn_rate", "cleeng_v1"): (5, 9, "0.55555556"),
    # Cleeng article 17026658124828: no trials and no new: as the house
    ("customer_churn_rate", "cleeng_v2"): (3, 6, "0.5"),
    # Cleeng release notes 2026-04-23: held, cancelled, at_apple, came_and_went / those, stays, reduced, returned: due
    ("customer_churn_rate", "cleeng_v3"): (4, 7, "0.57142857"),
    # Cleeng article 26984549099164: held, cancelled, at_apple, tried / 7; by subscription also the first of returned
    ("customer_churn_rate", "cleeng_v4"): (4, 7, "0.57142857"),
    ("customer_churn_rate", "cleeng_v4_subscription"): (5, 7, "0.71428571"),
    # ChartMogul article 303 and ProfitWell: held stays until the end in March
    ("customer_churn_rate", "chartmogul"): (2, 6, "0.33333333"),
    ("customer_churn_rate", "profitwell"): (2, 6, "0.33333333"),
    # Stripe: held, cancelled, at_apple, came_and_went / (6 + 2 new)
    ("customer_churn_rate", "stripe"): (4, 8, "0.5"),
    # Antenna's methodology: cancelled was gone in January; held, at_apple, came_and_went, returned / 5; one is back
    ("customer_churn_rate", "antenna_gross"): (4, 5, "0.8"),
    ("customer_churn_rate", "antenna_net"): (3, 5, "0.6"),
    # stays 10, reduced 6, returned 10, weekly 12.9567
    ("mrr", "house"): ("38.9567", None, "38.9567"),
    # and held 10
    ("mrr", "chartmogul"): ("48.9567", None, "48.9567"),
    ("mrr", "profitwell"): ("48.9567", None, "48.9567"),
    # Stripe's support page: a discount that ends is not taken off: reduced 10
    ("mrr", "stripe"): ("42.9567", None, "42.9567"),
    # RevenueCat's charts: weekly 11.96
    ("mrr", "revenuecat"): ("37.96", None, "37.96"),
    # lost: held, cancelled, at_apple, returned 10 each and came_and_went 12.9567 / 56; ChartMogul without held
    ("gross_mrr_churn_rate", "house"): ("52.9567", 56, "0.94565536"),
    ("gross_mrr_churn_rate", "chartmogul"): ("42.9567", 56, "0.76708393"),
    # returned brought 10 back
    ("net_mrr_churn_rate", "house"): ("42.9567", 56, "0.76708393"),
    ("net_mrr_churn_rate", "chartmogul"): ("32.9567", 56, "0.5885125"),
}
SELECTED = ("+path:models/marts/conventions", *(f"+{name}" for name in (
    "fct_mrr_daily", "fct_mrr_monthly", "fct_mrr_movements", "dim_customers", "dim_customer_cohorts", "build_info",
)))  # fmt: skip
MARTS = {
    "mrr": "closing_mrr",
    "opening_mrr": "opening_mrr",
    "paying_customers": "closing_customers",
    "opening_customers": "opening_customers",
    "churned_customers": "churned_customers",
    "customer_churn_rate": "customer_churn_rate",
    "gross_mrr_churn_rate": "gross_mrr_churn_rate",
    "net_mrr_churn_rate": "net_mrr_churn_rate",
    **{f"{kind}_mrr": f"{kind}_mrr" for kind in ("new", "expansion", "contraction", "churn", "reactivation")},
}


def _build(settings: Settings, feeds: Path, as_of: datetime) -> Warehouse:
    """Only what conventions and metrics read, and none of dbt's tests: a whole build takes three times as long."""
    return build_warehouse(settings, feeds, as_of=as_of, select=SELECTED, with_tests=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The story, built once as of 15 March 2025."""
    folder = tmp_path_factory.mktemp("conventions")
    events = [
        {
            "event_id": f"e{number}",
            "event_type": kind,
            "occurred_at": f"{day}T09:00:00Z",
            "customer_id": customer,
            "subscription_id": customer,
            "amount": "10",
            "currency": "EUR",
            "billing_interval": "month",
            "provider": "stripe",
            "period_end": None if period_end is None else f"{period_end}T09:00:00Z",
            **more,
        }
        for number, (customer, kind, day, period_end, more) in enumerate(STORY)
    ]
    feed = folder / "feeds" / "subscription_events"
    feed.mkdir(parents=True)
    (feed / "story.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder / "home"))
        yield _build(Settings(), folder / "feeds", datetime(2025, 3, 15))  # noqa: DTZ001 - UTC without an offset


@pytest.mark.parametrize(("metric", "convention"), BY_HAND)
def test_a_vendors_formula_by_hand(built: Warehouse, metric: str, convention: str) -> None:
    rows = built.rows(
        "select numerator, denominator, variant_value from conventions.fct_metric_variants "
        f"where month = '2025-02-01' and metric = '{metric}' and convention = '{convention}'"
    )
    numerator, denominator, value = BY_HAND[metric, convention]
    assert len(rows) == 1
    assert rows[0]["numerator"] == Decimal(numerator)
    assert rows[0]["denominator"] == (None if denominator is None else Decimal(denominator))
    assert rows[0]["variant_value"] == Decimal(value)


def test_every_variant_was_worked_by_hand(built: Warehouse) -> None:
    """A convention added without its arithmetic would be a number nobody checked."""
    rows = built.rows("select metric, convention from conventions.fct_metric_variants where month = '2025-02-01'")
    assert {(row["metric"], row["convention"]) for row in rows} == set(BY_HAND)
    assert len(rows) == len(BY_HAND)


def test_a_month_without_an_open_has_no_rate(built: Warehouse) -> None:
    rows = built.rows(
        "select variant_value, gap from conventions.fct_metric_variants where month = '2025-01-01' "
        "and metric = 'customer_churn_rate' and convention in ('house', 'cleeng_v2', 'chartmogul')"
    )
    assert [tuple(row.values()) for row in rows] == [(None, None)] * 3


@pytest.mark.parametrize("name", MARTS)
def test_a_metric_is_the_marts_number(built: Warehouse, name: str) -> None:
    """Two places that answer the same question once answered it differently."""
    answered = built.rows(compile_metric(find_metric(name), (), "month"))
    wanted = built.rows(f"select month, {MARTS[name]} as value from revenue.fct_mrr_monthly order by month")
    assert [row["period"] for row in answered] == [row["month"] for row in wanted]
    for row, mart in zip(answered, wanted, strict=True):
        if mart["value"] is None:
            assert row[name] is None
        else:
            assert float(row[name]) == pytest.approx(float(mart["value"]), abs=1e-12)


@pytest.mark.parametrize("name", ["mrr", "paying_customers"])
def test_days_and_slices_close_as_the_marts_do(built: Warehouse, name: str) -> None:
    """The slices of a dimension sum to the whole on every day."""
    column = {"mrr": "closing_mrr", "paying_customers": "closing_customers"}[name]
    days = {row["period"]: row[name] for row in built.rows(compile_metric(find_metric(name), (), "day"))}
    marts = built.rows(f"select close_date, {column} as value from revenue.fct_mrr_daily")
    assert all(days[row["close_date"]] == row["value"] for row in marts if row["close_date"] in days)
    for dimension in dimensions_of(find_metric(name)):
        sliced: dict[Any, Any] = {}
        for row in built.rows(compile_metric(find_metric(name), (dimension,), "day")):
            sliced[row["period"]] = sliced.get(row["period"], 0) + row[name]
        assert sliced == days


def test_every_metric_answers_by_each_of_its_dimensions(built: Warehouse) -> None:
    for metric in metrics().values():
        for dimension in dimensions_of(metric):
            built.rows(compile_metric(metric, (dimension,), "week"))
