"""The page on dunning, on marts whose numbers are known by head.

Belongs here: what a reader sees and can do there. Does not belong here: the other pages (``test_pages``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import write_snapshot
from tests.app.marts import SCHEMAS, contract_tables, descriptions
from tests.app.test_pages import ids_of, metrics_of, open_page, table_of, table_with, words_of

ROWS = [
    """insert into dunning.fct_dunning_cases by name
        select customer_id || '/1' as case_id, customer_id, 's-' || customer_id as subscription_id, opened_month,
            opened_month + interval '3' day as opened_at, outcome, rule as outcome_rule, stage, 'stripe' as provider,
            'basic' as offer_id, 'web' as channel, 'month' as price_interval,
            'card' as payment_method, code as failure_code, 2 as attempts, due as amount_due_reporting,
            due - 1 as mrr_at_opening, days as days_to_outcome, 7.5 as days_on_hold
        from (values ('anna', date '2025-01-01', 'recovered', 'payment', 'failed', 'expired_card', 100, 1.5),
            ('bert', date '2025-01-01', 'recovered', 'event', 'grace', 'expired_card', 20, 3.5),
            ('cleo', date '2025-02-01', 'lost', 'state_hold', 'hold', 'other', 10, 40),
            ('dora', date '2025-03-01', 'open', 'unresolved', 'hold', 'other', 5, null)
        ) as cases (customer_id, opened_month, outcome, rule, stage, code, due, days)""",
    """insert into dunning.fct_dunning_monthly by name
        select opened_month as month, dimension, value as dimension_value, count(*) as cases,
            count(*) filter (outcome = 'recovered') as recovered_cases,
            count(*) filter (outcome = 'lost') as lost_cases,
            count(*) filter (outcome = 'open') as open_cases, sum(amount_due_reporting) as amount_due,
            coalesce(sum(amount_due_reporting) filter (outcome = 'recovered'), 0) as amount_recovered,
            coalesce(sum(amount_due_reporting) filter (outcome = 'lost'), 0) as amount_lost,
            coalesce(sum(amount_due_reporting) filter (outcome = 'open'), 0) as amount_open,
            sum(mrr_at_opening) as mrr_due,
            coalesce(sum(mrr_at_opening) filter (outcome = 'recovered'), 0) as mrr_recovered,
            coalesce(sum(mrr_at_opening) filter (outcome = 'lost'), 0) as mrr_lost,
            coalesce(sum(mrr_at_opening) filter (outcome = 'open'), 0) as mrr_open,
            coalesce(sum(days_to_outcome) filter (outcome = 'recovered'), 0) as recovery_days,
            10 as days_on_hold, opened_month < date '2025-03-01' as is_complete
        from (
            select *, 'total' as dimension, '(all)' as value from dunning.fct_dunning_cases
            union all
            select *, 'failure_code' as dimension, failure_code as value from dunning.fct_dunning_cases
            union all
            select *, 'provider' as dimension, provider as value from dunning.fct_dunning_cases
        ) group by all""",
    """insert into dunning.fct_dunning_attempts by name
        select case_id, number as attempt_number, case_id || '/' || number as event_id, customer_id, subscription_id,
            opened_at, opened_at + to_days(number - 1) as occurred_at, amount_due_reporting as amount_reporting,
            if(number = 2 and customer_id = 'anna', 'succeeded', 'failed') as outcome, number - 1 as days_since_opening,
            offer_id, channel, price_interval, provider as case_provider, payment_method as case_payment_method,
            failure_code as case_failure_code
        from dunning.fct_dunning_cases cross join (values (1), (2)) as numbers (number)
        where number = 1 or failure_code = 'expired_card'""",
]  # fmt: skip
TABLES = [*(f"create schema if not exists {schema}" for schema in SCHEMAS), *contract_tables()]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose current snapshot has four cases, published once, since no test changes it."""
    folder = tmp_path_factory.mktemp("dunned")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHURNIQ_HOME", str(folder))
        write_snapshot(folder, *TABLES, *ROWS, descriptions=descriptions())
    return folder


@pytest.fixture
def dunned_home(published: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment with four cases, for a test."""
    monkeypatch.setenv("CHURNIQ_HOME", str(published))
    return published


def open_part(part: str) -> AppTest:
    """A part of the page, after it ran."""
    return open_page("dunning", dunning_part=part)


def test_the_headline_divides_what_failed(dunned_home: Path) -> None:
    app = open_page("dunning")
    assert metrics_of(app) == {
        "Failed": "EUR 135.00",
        "Recovered": "EUR 120.00",
        "Lost": "EUR 10.00",
        "Still open": "EUR 5.00",
        "Cases recovered": "66.7%",
        "Money recovered": "92.3%",
        "Days to recovery": "2.5",
        "Days without access": "30.0",
    }
    assert app.metric[0].delta == "4 cases, MRR EUR 131.00"


def test_a_month_narrows_everything(dunned_home: Path) -> None:
    app = open_part("cases")
    assert ids_of(app) == ["dora", "cleo", "anna", "bert"]
    app.selectbox(key="opened").set_value(date(2025, 2, 1)).run()
    assert metrics_of(app)["Failed"] == metrics_of(app)["Lost"] == "EUR 10.00"
    assert metrics_of(app)["Days to recovery"] == "\N{EN DASH}"
    assert ids_of(app) == ["cleo"]


def test_the_measure_and_the_dimension_are_the_readers(dunned_home: Path) -> None:
    app = open_part("course")
    assert sum(table_with(app, "outcome_rule")["cases"]) == 4
    app.segmented_control(key="dunning_measure").set_value("dunning_cases").run()
    assert not app.exception
    app.segmented_control(key="dunning_part").set_value("cuts").run()
    rows = table_of(app).select("failure_code", "dunning_cases", "recovered_cases").rows()
    assert rows == [("Expired card", 2, 2), ("Other", 2, 0)]
    app.segmented_control(key="dunning_dimension").set_value("provider").run()
    assert table_of(app).select("provider", "dunning_cases").rows() == [("Stripe", 4)]


def test_attempts_are_shown_of_all_cases_or_some(dunned_home: Path) -> None:
    app = open_part("attempts")
    assert table_of(app)["attempts"].to_list() == [4, 2]
    assert table_of(app)["recovery_rate"].to_list() == [0, 50]
    app.selectbox(key="attempt-dimension").set_value("failure_code").run()
    app.selectbox(key="attempt-value").set_value("other").run()
    assert table_of(app)["attempts"].to_list() == [2]


def test_attempts_follow_the_filters_and_the_month(dunned_home: Path) -> None:
    """They were of all cases, whatever was chosen above the page."""
    app = open_page("dunning", dunning_part="attempts", opened="2025-02-01")
    assert table_of(app)["attempts"].to_list() == [1]
    other = open_page("dunning", dunning_part="attempts", channel="ios")
    assert "No attempts" in words_of(other)


def test_cases_are_narrowed_by_outcome_stage_and_code(dunned_home: Path) -> None:
    app = open_part("cases")
    app.selectbox(key="case-outcome").set_value("recovered").run()
    assert ids_of(app) == ["anna", "bert"]
    app.selectbox(key="case-stage").set_value("grace").run()
    assert ids_of(app) == ["bert"]
    app.selectbox(key="case-code").set_value("other").run()
    assert "No case is like this." in words_of(app)


def test_without_failures_the_page_says_what_brings_them(home: Path) -> None:
    write_snapshot(home, *TABLES)
    assert "No failed payments" in words_of(open_page("dunning"))


def test_a_business_that_reports_no_payments_has_cases_all_the_same(home: Path) -> None:
    write_snapshot(home, *TABLES, ROWS[0], ROWS[1], "update dunning.fct_dunning_cases set outcome = 'open'")
    words = words_of(open_part("attempts"))
    assert "No attempts" in words
    assert "Nothing recovered" in words


def test_a_snapshot_from_before_the_marts_says_so(home: Path) -> None:
    write_snapshot(home)
    assert "run churniq build" in words_of(open_page("dunning"))
