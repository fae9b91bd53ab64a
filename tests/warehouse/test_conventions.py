"""Every vendor's formula from events to the mart, on an example worked by hand.

Belongs here: definition variants end to end. Does not belong here: branches of models (beside them in ``dbt_project``),
what vendors make of other metrics (``tests/readings``).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from pipelines.settings import Settings
from tests.warehouse.building import Warehouse
from tests.warehouse.story import build_story

# February by hand. At the open pay: stays, held, cancelled, at_apple, reduced, returned (6; MRR 5 x 10 + 6 = 56); new
# in February: came_and_went, weekly. A weekly 2.99 is 2.99 x 52 / 12 = 12.9567 by default and 2.99 x 4 = 11.96 where a
# month has 28 days.
BY_HAND: dict[tuple[str, str], tuple[Any, Any, str]] = {
    # held, cancelled, at_apple / 6
    ("customer_churn_rate", "default"): (3, 6, "0.5"),
    # Cleeng article 360009081180: those three, tried and came_and_went / (6 and tried at the start + 2 new)
    ("customer_churn_rate", "cleeng_v1"): (5, 9, "0.55555556"),
    # Cleeng article 17026658124828: no trials and no new: as the default
    ("customer_churn_rate", "cleeng_v2"): (3, 6, "0.5"),
    # Cleeng release notes 2026-04-23: held, cancelled, at_apple, came_and_went / those, stays, reduced, returned: due
    ("customer_churn_rate", "cleeng_v3"): (4, 7, "0.57142857"),
    # Cleeng article 26984549099164: held, cancelled, at_apple, tried / 7; by subscription also the first of returned
    ("customer_churn_rate", "cleeng_v4"): (4, 7, "0.57142857"),
    ("customer_churn_rate", "cleeng_v4_subscription"): (5, 7, "0.71428571"),
    # ChartMogul article 303 and ProfitWell: held stays until the end in March
    ("customer_churn_rate", "chartmogul"): (2, 6, "0.33333333"),
    ("customer_churn_rate", "profitwell"): (2, 6, "0.33333333"),
    # Stripe: held, cancelled, at_apple, came_and_went, and returned, who is back / (6 + 2 who came)
    ("customer_churn_rate", "stripe"): (5, 8, "0.625"),
    # RevenueCat: of 6 subscriptions held, cancelled, at_apple and the first of returned
    ("customer_churn_rate", "revenuecat"): (4, 6, "0.66666667"),
    # Baremetrics and Recurly: held, cancelled, at_apple and came_and_went / 6; Chargebee without who came in the month
    ("customer_churn_rate", "baremetrics"): (4, 6, "0.66666667"),
    ("customer_churn_rate", "recurly"): (4, 6, "0.66666667"),
    ("customer_churn_rate", "chargebee"): (3, 6, "0.5"),
    # Antenna's methodology: cancelled was gone in January; held, at_apple, came_and_went, returned / 5; one is back
    ("customer_churn_rate", "antenna_gross"): (4, 5, "0.8"),
    ("customer_churn_rate", "antenna_net"): (3, 5, "0.6"),
    # stays 10, reduced 6, returned 10, weekly 12.9567
    ("mrr", "default"): ("38.9567", None, "38.9567"),
    # and held 10
    ("mrr", "chartmogul"): ("48.9567", None, "48.9567"),
    ("mrr", "profitwell"): ("48.9567", None, "48.9567"),
    # Stripe's support page: a discount that ends is not taken off: reduced 10
    ("mrr", "stripe"): ("42.9567", None, "42.9567"),
    ("mrr", "baremetrics"): ("38.9567", None, "38.9567"),
    ("mrr", "recurly"): ("38.9567", None, "38.9567"),
    # and so at Chargebee
    ("mrr", "chargebee"): ("42.9567", None, "42.9567"),
    # RevenueCat's charts: weekly 11.96
    ("mrr", "revenuecat"): ("37.96", None, "37.96"),
    # lost: held, cancelled, at_apple, returned 10 each and came_and_went 12.9567 / 56; ChartMogul without held
    ("gross_mrr_churn_rate", "default"): ("52.9567", 56, "0.94565536"),
    ("gross_mrr_churn_rate", "chartmogul"): ("42.9567", 56, "0.76708393"),
    ("gross_mrr_churn_rate", "baremetrics"): ("52.9567", 56, "0.94565536"),
    # reduced opens at 10
    ("gross_mrr_churn_rate", "chargebee"): ("52.9567", 60, "0.88261167"),
    # at Baremetrics only expansion is taken off
    ("net_mrr_churn_rate", "baremetrics"): ("52.9567", 56, "0.94565536"),
    # returned brought 10 back
    ("net_mrr_churn_rate", "default"): ("42.9567", 56, "0.76708393"),
    ("net_mrr_churn_rate", "chartmogul"): ("32.9567", 56, "0.5885125"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The story with what the tests here read, built once."""
    folder = tmp_path_factory.mktemp("conventions")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder / "home"))
        warehouse = build_story(Settings(), folder, "+path:models/marts/conventions")
    # Held open, for to open a file takes longer than most of the queries.
    with duckdb.connect(str(warehouse.path), read_only=True):
        yield warehouse


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
        "and metric = 'customer_churn_rate' and convention in ('default', 'cleeng_v2', 'chartmogul')"
    )
    assert [tuple(row.values()) for row in rows] == [(None, None)] * 3
