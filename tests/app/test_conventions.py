"""The page Definitions on two conventions whose gap is known by head.

Belongs here: what a reader sees and can do there. Does not belong here: the numbers (``tests/warehouse``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.conftest import write_snapshot
from tests.app.marts import SCHEMAS, contract_tables
from tests.app.test_pages import metrics_of, open_page, table_of, words_of

TABLES = [*[f"create schema if not exists {schema}" for schema in SCHEMAS], *contract_tables()]
ROWS = [
    *[
        f"""insert into conventions.dim_conventions by name
        select '{convention}' as convention, '{metric}' as metric, {number} as convention_number, '{title}' as title,
            'left / paying' as formula, 'a help page' as source"""
        for number, (convention, title) in enumerate([("default", "ChurnIQ default"), ("stripe", "Stripe Billing")], 1)
        for metric in ("customer_churn_rate", "mrr")
    ],
    """insert into conventions.fct_metric_variants by name
        select date '2025-02-01' as month, * from (values
            ('customer_churn_rate', 'default', 10, 200, 0.05, 0.05, 0, true),
            ('customer_churn_rate', 'stripe', 15, 250, 0.06, 0.05, 0.01, true),
            ('mrr', 'default', 100, null, 100, 100, 0, true), ('mrr', 'stripe', 130, null, 130, 100, 30, true))
        as rows (metric, convention, numerator, denominator, variant_value, default_value, gap, is_complete)""",
    """insert into conventions.fct_metric_variants by name
        select date '2025-03-01' as month, 'customer_churn_rate' as metric, 'default' as convention,
            false as is_complete""",
    """insert into conventions.fct_variant_gaps by name
        select date '2025-02-01' as month, 'stripe' as convention, true as is_complete, * from (values
            ('customer_churn_rate', 1, 'same_month_churn', 'counted', 15, 200, 0.075, 0.025),
            ('customer_churn_rate', 2, 'denominator', 'opening_plus_new', 15, 250, 0.06, -0.015),
            ('mrr', 1, 'discounts', 'lasting_only', 130, null, 130, 30))
        as rows (metric, step_number, rule_name, rule_value, numerator, denominator, value_after, contribution)""",
]


@pytest.fixture
def conventions_home(home: Path) -> Path:
    """An environment whose current snapshot has two conventions."""
    write_snapshot(home, *TABLES, *ROWS)
    return home


def test_the_newest_complete_month_is_compared_and_its_gap_explained(conventions_home: Path) -> None:
    app = open_page("trust", trust_part="definitions")
    shown = table_of(app)
    assert shown["title"].to_list() == ["ChurnIQ default", "Stripe Billing"]
    assert metrics_of(app)["Gap"] == "+1.00 points"
    steps = table_of(app, 1)
    assert steps["rule_name"].to_list() == ["Same month churn", "Denominator"]
    assert sum(steps["contribution_points"].to_list()) == pytest.approx(1.0)
    assert "a help page" in words_of(app)


def test_money_is_compared_as_money(conventions_home: Path) -> None:
    app = open_page("trust", trust_part="definitions")
    app.segmented_control(key="metric").set_value("mrr").run()
    assert not app.exception, app.exception[0].message
    assert "30" in metrics_of(app)["Gap"]
    assert "EUR" in metrics_of(app)["Gap"] or "€" in metrics_of(app)["Gap"]


def test_an_unfinished_month_without_a_value_shows_a_dash(conventions_home: Path) -> None:
    app = open_page("trust", trust_part="definitions")
    app.selectbox(key="month").set_value(app.selectbox(key="month").options[0]).run()
    assert not app.exception, app.exception[0].message


def test_nothing_to_compare_says_so(home: Path) -> None:
    write_snapshot(home, *TABLES)
    assert "No months yet" in words_of(open_page("trust", trust_part="definitions"))


def test_an_older_snapshot_says_how_to_get_them(published_home: Path) -> None:
    assert "Not in this snapshot" in words_of(open_page("trust", trust_part="definitions"))
