"""Every page on a small snapshot whose numbers are known by head.

Belongs here: what a reader sees and can do. Does not belong here: the browser (``test_browser``), SQL by itself.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from pipelines.settings import Settings
from tests.app import marts
from tests.app.conftest import APP, AS_OF, EMPTY_TABLES, write_snapshot
from tests.conftest import PATIENCE_SECONDS

PAGES = sorted(page.stem for page in (APP.parent / "app_pages").glob("*.py") if page.stem != "__init__")


def open_page(name: str | None = None, *opened: str, **query: str | list[str]) -> AppTest:
    """The app on one of its pages, after it ran once with some of its expanders open."""
    app = AppTest.from_file(str(APP), default_timeout=PATIENCE_SECONDS)
    for key, value in query.items():
        app.query_params[key] = value
    for expander in opened:
        app.session_state[expander] = True
    if name is not None:
        app.switch_page(f"app_pages/{name}.py")
    app.run()
    assert not app.exception, app.exception
    return app


def words_of(app: AppTest) -> str:
    """Everything that is said on the page and beside it."""
    kinds = ("title", "caption", "markdown", "subheader", "info", "warning", "code", "metric")
    elements = [element for kind in kinds for element in app.get(kind)]
    return "\n".join(f"{getattr(element, 'label', '')} {element.value} " for element in elements)


def metrics_of(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def table_of(app: AppTest, position: int = 0) -> pl.DataFrame:
    value = app.dataframe[position].value
    return value if isinstance(value, pl.DataFrame) else pl.from_pandas(value)


def table_with(app: AppTest, column: str) -> pl.DataFrame:
    """The first table that has a column."""
    tables = (table_of(app, position) for position in range(len(app.dataframe)))
    return next(table for table in tables if column in table.columns)


def ids_of(app: AppTest) -> list[str]:
    """The customers of the first table that lists some."""
    found: list[str] = table_with(app, "customer_id")["customer_id"].to_list()
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_and_says_as_of_when(published_home: Path, page: str) -> None:
    app = open_page(page)
    assert len(app.title) == 1
    assert "20 Mar 2025, 12:00 UTC" in words_of(app)
    assert "Payment events: 20 Mar 2025" in words_of(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "changes",
    [
        [
            "delete from core.dim_offers",
            "delete from core.fct_transactions",
            "drop table scoring.fct_churn_scores",
            "drop table scoring.backtest_metrics",
        ],
        ["delete from revenue.fct_mrr_monthly where month < '2025-03-01'",
         "delete from retention.fct_cohort_retention where cohort_month < '2025-03-01'"],
        [f"delete from {table}" for table in (
            "revenue.fct_mrr_monthly", "revenue.fct_mrr_movements", "retention.fct_cohort_retention",
            "retention.fct_survival", "core.dim_customers", "core.fct_subscriptions", "ops.feed_freshness",
            "ops.ingest_files", "ops.quarantine", "ops.sequence_anomalies", *EMPTY_TABLES)],
    ],
    ids=["no offers, payments, scores", "one month", "nothing at all"],
)  # fmt: skip
def test_every_page_survives_what_a_lake_may_lack(home: Path, page: str, changes: list[str]) -> None:
    write_snapshot(home, *changes)
    assert len(open_page(page).title) == 1


def test_nothing_published_says_which_commands_to_run(home: Path) -> None:
    app = open_page()
    commands = "\n".join(code.value for code in app.code)
    assert "churniq ingest PATH\nchurniq build" in commands
    assert "Nothing is published" in app.info[0].value


def test_a_folder_of_another_environment_is_one_sentence(home: Path) -> None:
    (home / "environment").write_text("production\n")
    assert "belongs to the production environment" in open_page().info[0].value


def test_headlines_are_those_of_the_marts(published_home: Path) -> None:
    shown = metrics_of(open_page())
    assert shown["MRR"] == "EUR 1,280"
    assert shown["Paying customers"] == shown["Paying subscriptions"] == "3"
    assert shown["Customer churn, Feb 2025"] == "66.7%"
    assert shown["Net MRR churn, Feb 2025"] == "-22.5%"
    assert shown["Churned by kind"] == "1 · 1 · 0"
    assert shown["MRR at high risk"] == "EUR 20.00"


_OVERDUE = (
    "insert into retention.fct_overdue_subscriptions by name select subscription_id, mrr from core.fct_subscriptions "
    "where {}"
)


def test_revenue_that_may_be_gone_already_is_told(home: Path) -> None:
    """Of a sender who tells no ends half of MRR was past its paid period, and the newest month read as growth."""
    write_snapshot(home, *marts.ALL, _OVERDUE.format("subscription_id = 's-cleo'"))
    assert metrics_of(open_page())["MRR past its paid period"] == "EUR 10.00"


def test_rates_of_a_history_without_a_complete_month_are_not_zero(home: Path) -> None:
    write_snapshot(home, "delete from revenue.fct_mrr_monthly where is_complete")
    app = open_page()
    assert metrics_of(app)["Customer churn"] == "\N{EN DASH}"
    assert "No month is over yet" in words_of(app)


@pytest.mark.parametrize("is_told", [True, False])
def test_churn_that_is_still_to_come_is_said(home: Path, is_told: bool) -> None:
    """Churn of the last months fell to nothing on every chart: half of MRR had only not been told of for weeks."""
    write_snapshot(home, *marts.ALL, *([] if is_told else [_OVERDUE.format("mrr > 0")]))
    said = words_of(open_page("overview")).replace("\\", "")
    assert ("is past its paid period, with nothing told since" in said) is not is_told
    assert ("Newest churn incomplete" in words_of(open_page("retention"))) is not is_told


def test_a_month_leads_to_the_movements_behind_it(published_home: Path) -> None:
    app = open_page("financial_performance", "rows")
    assert app.selectbox(key="month").value.isoformat() == "2025-02-01"
    assert metrics_of(app)["Customers"] == "66.7%"
    assert ids_of(app) == ["anna", "bert", "cleo"]
    app.segmented_control(key="movement").set_value("churn").run()
    assert ids_of(app) == ["bert", "cleo"]
    app.text_input(key="movement-search").set_value("CLE").run()
    assert ids_of(app) == ["cleo"]


def test_survival_milestones_end_where_nobody_was_followed(published_home: Path) -> None:
    metrics = metrics_of(open_page("retention"))
    assert metrics["After 30 days"] == "100.0%"
    assert metrics["After 90 days"] == "\N{EN DASH}"
    assert metrics["Half gone by"] == "Day 42"


def test_a_cohort_leads_to_its_customers(published_home: Path) -> None:
    app = open_page("retention")
    app.selectbox(key="cohort-of-months").set_value(date(2025, 3, 1)).run()
    assert ids_of(app) == ["dora"]


def test_at_risk_list_filters_and_explains(published_home: Path) -> None:
    """A probability alone moved nobody: how much is at stake, and what can be done about it?"""
    app = open_page("segmentation")
    assert "Export the at-risk segment" in [button.label for button in app.button]
    at_stake = {"churn_probability", "value_at_risk", "expected_loss", "reason_1", "action_1"}
    assert at_stake <= set(table_of(app).columns)
    assert metrics_of(app) == {f"Customers at {band} risk": "1" for band in ("high", "medium", "low")}
    assert ids_of(app) == ["dora"]
    assert table_of(app)["reason_1"].to_list() == ["A payment failed 2 days ago"]
    app.segmented_control(key="band").set_value("all").run()
    assert ids_of(app) == ["dora", "cleo", "anna"]
    app.text_input(key="reason").set_value("came BACK").run()
    assert ids_of(app) == ["cleo"]
    app.text_input(key="reason").set_value("100% '; drop").run()
    assert "Choose another band, filter or search." in words_of(app)


def test_the_quality_of_scores_is_shown_by_month_end_and_segment(published_home: Path) -> None:
    """One pooled number hid that the level was off by a quarter on single month ends."""
    app = open_page("segmentation", "quality")
    assert any("AUC" in table_of(app, position).to_series(0).to_list() for position in range(len(app.dataframe)))
    parts = next(frame.value for frame in app.dataframe if "month_end" in frame.value.columns)
    assert parts["month_end"].tolist() == ["All", "31 Jan 2025"]
    assert parts["auc"].tolist() == ["0.810 (0.790 to 0.830)", "0.800 (0.740 to 0.860)"]
    assert parts["customers"].tolist() == [1200, 600]
    app.selectbox(key="backtest-population").select("renewing").run()
    parts = next(frame.value for frame in app.dataframe if "month_end" in frame.value.columns)
    assert parts["auc"].tolist() == ["0.720"]
    app.selectbox(key="backtest-population").select("in_grace").run()
    assert not app.exception
    assert not any("month_end" in frame.value.columns for frame in app.dataframe)


def test_what_came_of_published_scores_is_shown(home: Path) -> None:
    """The backtest was the only quality there was: nobody could see how the scores that were acted on had done."""
    write_snapshot(
        home,
        "create table scoring.score_track_record as select * from (values "
        "(null::date, null, 30, true, 'auc', 0.78), ('2025-01-31'::date, 'm-1', 30, true, 'auc', 0.77), "
        "('2025-01-31'::date, 'm-1', 30, true, 'predicted_over_observed', 1.1)) "
        "as t (as_of_date, model_version, horizon_days, is_settled, metric, value)",
        "create table scoring.score_caveats as select 'Viewing is known up to May.' as caveat",
        "create table scoring.score_track_bins as select * from scoring.calibration_bins",
        "create table scoring.score_drift as select 'minutes_28' as feature, date '2025-02-18' as then_date, "
        "date '2025-03-20' as now_date, 900 as then_rows, 950 as now_rows, 0.31 as stability_index, "
        "'another population' as verdict",
    )
    app = open_page("segmentation", "track")
    assert any("Viewing is known up to May" in warning.value for warning in app.warning)
    tables = [frame.value for frame in app.dataframe]
    record = next(table for table in tables if "predicted_over_observed" in table.columns)
    assert record["auc"].astype(float).tolist() == [0.78, 0.77]
    assert any("Another population" in table.to_string() for table in tables)


@pytest.mark.parametrize(
    ("table", "search", "found"),
    [
        ("customers", "EXAMPLE.org", ["anna", "bert"]),
        ("subscriptions", "apple", ["bert"]),
        ("transactions", "expired", ["cleo"]),
    ],
)
def test_core_tables_are_searched(published_home: Path, table: str, search: str, found: list[str]) -> None:
    app = open_page("core_tables", table=table)
    app.text_input(key=f"search-{table}").set_value(search).run()
    assert ids_of(app) == found


def test_a_table_of_offers_has_their_ids(published_home: Path) -> None:
    """Titles stood twice, and the id, by which offers are asked for, nowhere."""
    app = open_page("core_tables")
    app.segmented_control(key="table").set_value("offers").run()
    assert "Basic" in table_of(app)["title"].to_list()
    assert "basic" in table_of(app)["offer_id"].to_list()


def many_customers(home: Path, number: int) -> None:
    """Customers on trial, besides the small business; the last ones have the highest lifetime revenue."""
    write_snapshot(
        home,
        "insert into core.dim_customers (customer_id, status, current_mrr, lifetime_revenue, live_subscriptions, "
        f"returns) select printf('n%05d', n), 'trial', 0, n, 0, 0 from range({number}) as many (n)",
    )


def test_a_table_that_fits_is_whole(home: Path) -> None:
    """A click on a column's title sorted the 20 rows on screen: the highest revenue shown was not the highest."""
    many_customers(home, 45)
    app = open_page("core_tables")
    app.selectbox(key="kind-customers").set_value("trial").run()
    assert ids_of(app) == [f"n{number:05d}" for number in range(45)]
    assert "45 rows" in words_of(app)
    assert not app.get("pagination")


def test_a_table_that_does_not_fit_is_paged_and_sorted_as_a_whole(home: Path) -> None:
    """Sorting must reach the rows on other pages, too."""
    many_customers(home, 5010)
    app = open_page("core_tables")
    app.selectbox(key="kind-customers").set_value("trial").run()
    assert ids_of(app) == [f"n{number:05d}" for number in range(20)]
    app.get("pagination")[0].set_value(251).run()
    assert ids_of(app) == [f"n{number:05d}" for number in range(5000, 5010)]
    assert "Rows 5,001 to 5,010 of 5,010" in words_of(app)
    app.selectbox(key="customers-sort").set_value("lifetime_revenue").run()
    assert ids_of(app) == [f"n{number:05d}" for number in range(5009, 4989, -1)]


def test_a_customer_is_traced_to_the_rows(published_home: Path) -> None:
    app = open_page("customer")
    app.text_input(key="customer_id").set_value("cleo").run()
    assert metrics_of(app)["Status"] == "Paying"
    assert metrics_of(app)["Within 30 days"] == "31.0%"
    assert table_of(app)["movement_type"].to_list() == ["New", "Churn", "Reactivation"]
    app.segmented_control(key="trace").set_value("spans").run()
    assert table_of(app)["status"].to_list() == ["Active", "On hold", "Active"]


def test_a_customer_who_is_not_there_is_said(published_home: Path) -> None:
    app = open_page("customer")
    app.text_input(key="customer_id").set_value("ann").run()
    assert "No customer has exactly the id `ann`" in app.warning[0].value
    assert ids_of(app) == ["anna"]


def test_data_health_accounts_for_every_row(published_home: Path) -> None:
    app = open_page("data_health")
    assert metrics_of(app) == {"Rows read": "14", "Loaded": "12", "Duplicates": "1", "Quarantined": "1"}
    assert table_of(app)["quiet_for"].to_list() == ["3 hours", "2 days", "\N{EN DASH}"]
    app.segmented_control(key="part").set_value("quarantine").run()
    assert "missing:amount" in str([table_of(app, position) for position in range(len(app.dataframe))])


def test_a_snapshot_beside_the_current_one_can_be_chosen(published_home: Path) -> None:
    write_snapshot(
        published_home,
        "update revenue.fct_mrr_monthly set closing_mrr = 990 where month = '2025-03-01'",
        as_of=datetime.fromisoformat("2025-03-10"),
        is_current=False,
    )
    app = open_page()
    assert metrics_of(app)["MRR"] == "EUR 1,280"
    app.selectbox(key="as_of").set_value("2025-03-10T00:00:00").run()
    assert metrics_of(app)["MRR"] == "EUR 990.00"
    assert "10 Mar 2025, 00:00 UTC" in words_of(app)


def test_a_new_snapshot_is_seen_on_the_next_run(published_home: Path) -> None:
    app = open_page()
    write_snapshot(
        published_home,
        "update revenue.fct_mrr_monthly set closing_mrr = 2000 where month = '2025-03-01'",
        as_of=datetime.fromisoformat("2025-03-21"),
    )
    assert metrics_of(app.run())["MRR"] == "EUR 2,000"


def test_the_app_cannot_write_or_reach_other_files(published_home: Path) -> None:
    from app.connection import fetch
    from pipelines.publishing.snapshots import find_snapshot

    file = str(Settings().published / find_snapshot(Settings()).file)
    with pytest.raises(duckdb.Error, match="read-only"):
        fetch(file, "delete from core.dim_customers returning *")
    with pytest.raises(duckdb.Error, match="disabled"):
        fetch(file, "select * from read_text('/etc/hostname')")


def test_notes_on_a_customer_stay(published_home: Path) -> None:
    """What one colleague learned on the telephone was asked again by the next."""
    app = open_page("customer", customer_id="anna")
    app.text_input(key="note-text").set_value("waits for *the* <b>season</b>")
    app.text_input(key="note-author").set_value("Kim")
    app.button[[button.label for button in app.button].index("Keep")].click().run()
    assert not app.exception
    told = words_of(open_page("customer", customer_id="anna"))
    assert "waits for \\*the\\* \\<b\\>season\\<\\/b\\>" in told
    assert "Kim" in told
    assert "season" not in words_of(open_page("customer", customer_id="bert"))
    again = open_page("customer", customer_id="anna")
    again.button(key="note-delete-0").click().run()
    assert "season" not in words_of(open_page("customer", customer_id="anna"))


def test_a_customer_has_the_scores_as_they_were_published(published_home: Path) -> None:
    """A score computed anew says nothing of what was told when somebody decided by it."""
    from pipelines.readings.score_record import record_folder, scores_of

    folder = record_folder(Settings())
    folder.mkdir()
    for day, instant, chance in ((1, "20250301T080000000000", 0.1), (1, "20250301T090000000000", 0.2),
                                 (8, "20250308T080000000000", 0.4), (25, "20250325T080000000000", 0.9)):  # fmt: skip
        frame = pl.DataFrame(
            {"as_of_date": date(2025, 3, day), "customer_id": ["anna", "bert"], "horizon_days": 30,
             "churn_probability": chance, "risk_band": "low", "model_version": "m"}
        )  # fmt: skip
        frame.write_parquet(folder / f"202503{day:02d}-{instant}.parquet")
    known = scores_of(Settings(), "anna", AS_OF)
    assert known["churn_probability"].to_list() == [0.2, 0.4]
    assert "risk by the day of a published score" in words_of(open_page("customer", customer_id="anna"))
