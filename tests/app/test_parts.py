"""The parts of the pages on revenue and retention, and the glossary, on marts whose numbers are known by head.

Belongs here: what a reader sees and can do there. Does not belong here: the browser (``test_browser_parts``), the pages
as a whole (``test_pages``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.parts.metric_parts import leading
from app.queries import revenue_cuts
from pipelines.publishing.snapshots import find_snapshot
from pipelines.readings.changes import definition_changes
from tests.app import marts
from tests.app.conftest import write_snapshot
from tests.app.test_pages import ids_of, metrics_of, open_page, table_of, words_of

PARTS = {
    "retention": ("retention_part", ("cohorts", "survival", "churn", "trials", "renewals")),
    "financial_performance": ("finance_part", ("movements", "metrics", "level", "recognised", "payments")),
}
EACH = [(page, part) for page, (_, parts) in PARTS.items() for part in parts]
EXPANDERS = (
    "cells", "curve", "serial", "due-rows",
    "intent-days", "intent-rows", "rows", "cause-rows", "causes", "metrics", "days", "cut-months", "cut-days", "earned",
    "paid-months", "paid-rows", "payouts",
)  # fmt: skip


def open_part(page: str, part: str, *opened: str) -> AppTest:
    """A part of a page, after it ran, with some of its expanders open."""
    return open_page(page, *opened, **{PARTS[page][0]: part})


@pytest.fixture
def marts_home(home: Path) -> Path:
    """An environment whose current snapshot has all marts."""
    write_snapshot(home, *marts.ALL, descriptions=marts.descriptions())
    return home


@pytest.mark.parametrize(("page", "part"), EACH)
def test_every_part_opens_to_its_rows(marts_home: Path, page: str, part: str) -> None:
    app = open_part(page, part, *EXPANDERS)
    assert app.subheader
    assert "Not in this snapshot" not in words_of(app)


@pytest.mark.parametrize(("page", "part"), EACH)
def test_every_part_survives_a_snapshot_from_before_its_marts(published_home: Path, page: str, part: str) -> None:
    app = open_part(page, part, *EXPANDERS)
    if part not in ("cohorts", "survival", "movements"):
        assert "run churniq build" in words_of(app)


@pytest.mark.parametrize(("page", "part"), EACH)
def test_every_part_survives_empty_marts(home: Path, page: str, part: str) -> None:
    emptied = [change for change in marts.EMPTY if change != "delete from retention.fct_cohort_retention"]
    write_snapshot(home, *emptied)
    open_part(page, part, *EXPANDERS)


def test_cohorts_are_cut_and_lead_to_the_customers_of_the_cut(marts_home: Path) -> None:
    app = open_part("retention", "cohorts")
    app.selectbox(key="cohort-cut").set_value("country").run()
    assert app.selectbox(key="cohort-value-country").options == ["NL", "DE"]
    app.selectbox(key="cohort-value-country").set_value("DE").run()
    app.selectbox(key="cohort-of-months").set_value(date(2025, 1, 1)).run()
    assert ids_of(app) == ["bert"]


def test_weekly_cohorts_lead_to_the_customers_of_the_week(marts_home: Path) -> None:
    app = open_part("retention", "cohorts")
    app.segmented_control(key="cohort-unit").set_value("weeks").run()
    app.selectbox(key="cohort-of-weeks").set_value(date(2024, 12, 30)).run()
    assert ids_of(app) == ["anna", "bert"]


def test_survival_is_cut_with_the_largest_values_first(marts_home: Path) -> None:
    app = open_part("retention", "survival", "curve")
    app.selectbox(key="survival-cut").set_value("country").run()
    assert app.multiselect(key="survival-values-country").value == ["NL", "DE"]
    assert table_of(app)["dimension_value"].to_list() == ["NL", "DE"]


def test_churn_tells_returns_and_serial_churners(marts_home: Path) -> None:
    app = open_part("retention", "churn", "serial")
    assert metrics_of(app)["Back, of those who churned in Feb 2024"] == "25.0%"
    assert ids_of(app) == ["cleo"]


def test_renewals_sum_what_is_due_and_lead_to_its_subscriptions(marts_home: Path) -> None:
    app = open_part("retention", "renewals", "due-rows")
    shown = metrics_of(app)
    assert (shown["Subscriptions due"], shown["MRR due"]) == ("2", "EUR 1,260")
    assert shown["Of it set to cancel"] == "EUR 10.00"
    assert ids_of(app) == ["anna", "bert"]


def test_a_movement_leads_to_its_causes_and_their_subscriptions(marts_home: Path) -> None:
    app = open_part("financial_performance", "movements", "cause-rows")
    causes = table_of(app, 1)
    assert causes["cause"].to_list() == ["Churn", "Discount end"]
    app.segmented_control(key="cause").set_value("discount_end").run()
    assert ids_of(app) == ["anna"]


def test_metrics_are_of_the_newest_month_that_is_over(marts_home: Path) -> None:
    shown = metrics_of(open_part("financial_performance", "metrics"))
    assert shown["Committed MRR"] == "EUR 1,240"
    assert shown["Net retention"] == "122.5%"
    assert shown["Gross, 12 months"] == "\N{EN DASH}"


def test_more_values_than_colours_are_one_part() -> None:
    """Two values of a cut had one colour, so that nobody could tell which was which."""
    looks = leading(list("abcdefgh"), {"a": "First"})
    assert [word for word, _ in looks.values()] == ["First", "B", "C", "D", "E", "F", "Other values"]
    assert len({colour for _, colour in looks.values()}) == len(looks)
    assert list(leading(["a", "b"], {})) == ["a", "b"]


def test_what_cuts_nothing_is_offered_last(home: Path) -> None:
    """Of a sender who tells no acquisition the first cut of MRR was one bar of nobody's name."""
    rows = """insert into revenue.fct_mrr_by_dimension by name
        select date '2025-02-01' as month, dimension, value as dimension_value, 10 as closing_mrr
        from (values ('country', '(none)'), ('provider', 'a'), ('provider', 'b')) as cuts (dimension, value)"""
    settings = write_snapshot(home, *marts.contract_tables(), rows)
    assert revenue_cuts.dimensions(str(settings.published / find_snapshot(settings).file)) == ["provider", "country"]


def test_what_is_not_over_is_said(marts_home: Path) -> None:
    shown = metrics_of(open_part("financial_performance", "recognised"))
    assert shown["Recognised, Mar 2025 so far"] == "EUR 8.00"
    assert shown["Deferred now"] == "EUR 12.00"


def test_a_payout_that_is_not_explained_is_listed(marts_home: Path) -> None:
    app = open_part("financial_performance", "payments", "payouts")
    assert metrics_of(app)["Not reconciled"] == "1"
    tables = [table_of(app, position) for position in range(len(app.dataframe))]
    payouts = next(table for table in tables if "payout_id" in table.columns)
    assert payouts["payout_id"].to_list() == ["po-2"]
    assert [float(amount) for amount in payouts["unexplained_amount"]] == [-7.0]


def test_payouts_are_those_of_the_provider(marts_home: Path) -> None:
    """Beside filtered payments stood the payouts of everybody."""
    assert metrics_of(open_part("financial_performance", "payments", "payouts"))["Payouts"] == "2"
    app = open_page("financial_performance", finance_part="payments", provider="apple")
    assert "No payout is like this" in words_of(app)


def test_the_glossary_is_searched(marts_home: Path) -> None:
    app = open_page("trust", trust_part="glossary", glossary_of="tables")
    assert app.dataframe[0].value["Table"].to_list() == sorted(marts.contracts())
    app.selectbox(key="table_looked_up").set_value("retention.fct_serial_churners").run()
    assert "**retention.fct_serial_churners**" in words_of(app)
    app.text_input(key="search").set_value("fct_payout_RECONCILIATION").run()
    assert "**revenue.fct_payout_reconciliation**" in words_of(app)
    assert "fct_serial_churners" not in words_of(app)
    assert "`unexplained_amount`" in words_of(app)
    app.text_input(key="search").set_value("100% '; drop").run()
    assert "Nothing found" in words_of(app)


def test_a_snapshot_without_descriptions_says_so(published_home: Path) -> None:
    assert "No descriptions in this snapshot" in words_of(
        open_page("trust", trust_part="glossary", glossary_of="tables")
    )


def test_the_words_of_the_warehouse_appear_on_hover(marts_home: Path) -> None:
    from app.queries.glossary import column_descriptions
    from pipelines.publishing.snapshots import find_snapshot
    from pipelines.settings import Settings

    file = str(Settings().published / find_snapshot(Settings()).file)
    described = marts.contracts()["retention.fct_serial_churners"]["columns"]
    assert column_descriptions(file, "retention.fct_serial_churners") == {
        column["name"]: column["description"].strip() for column in described
    }


def test_the_glossary_has_every_metric_with_formula_and_owner(marts_home: Path) -> None:
    """A number on a page whose formula stands nowhere is asked for by mail."""
    app = open_page("trust", search="churn rate")
    assert "Customer churn rate" in app.dataframe[0].value["Metric"].to_list()
    app.selectbox(key="metric_looked_up").set_value("customer_churn_rate").run()
    told = words_of(app)
    assert "customer_churn_rate = churned_customers / opening_customers" in told
    assert "Owner: Retention." in told
    assert "arpu =" not in told
    assert "Nothing found" in words_of(open_page("trust", search="zebra"))


def test_the_status_says_what_needs_a_look(marts_home: Path) -> None:
    """Feeds, builds, scores and messages were on four pages, and none said whether all is well."""
    told = words_of(open_page("trust", trust_part="status"))
    assert "No build has run here" in told
    assert "As of 20 Mar 2025" in told
    assert "None was sent yet" in told


def test_what_is_new_can_be_narrowed_to_definitions(marts_home: Path) -> None:
    assert "**Lapse** since" in words_of(open_page("trust", trust_part="whats_new", changes="definitions"))
    newest = words_of(open_page("trust", trust_part="whats_new"))
    assert newest.count("\n - ") <= 12, "of a hundred and sixty changes the page was 29,000 pixels long on a telephone"
    (entry, *_) = (change.entry for change in definition_changes())
    about = open_page("trust", trust_part="whats_new", changes_search=entry)
    assert ":orange-badge[Definition]" in words_of(about)
    assert "Nothing found" in words_of(open_page("trust", trust_part="whats_new", changes_search="zebra"))
    # The link went to a file that the server does not have.
    linked = words_of(open_page("trust", trust_part="whats_new", changes_search="truth table"))
    assert "truth table" in linked
    assert "](docs/" not in linked
