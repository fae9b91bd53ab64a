"""Filters above every page: in the address, carried, said in words, and the same number as the command line.

Belongs here: what a reader chooses and sees. Does not belong here: the browser (``test_browser_drill``), SQL.
"""

from __future__ import annotations

import json
import shlex
from datetime import date, datetime
from itertools import product
from pathlib import Path

import polars as pl
import pytest

from app import filters, happenings, layout
from app.parts.metric_answers import applicable
from app.queries import choices, metrics, notes
from app.queries.rows import all_rows
from app.view import SnapshotView
from pipelines.publishing.snapshots import find_snapshot
from pipelines.readings.questions import Question
from pipelines.readings.views import delete_view, save_view, saved_views
from pipelines.settings import Settings
from tests.app import marts
from tests.app.conftest import AS_OF, write_snapshot
from tests.app.test_care import ROWS as CARE
from tests.app.test_dunning import ROWS as DUNNING
from tests.app.test_pages import ids_of, metrics_of, open_page, words_of
from tests.cli.conftest import Churniq, churniq  # noqa: F401 - churniq is a fixture

BY_DIMENSION = """insert into revenue.fct_mrr_movements_by_dimension by name
    select movement_date, customer_id, 'offer' as dimension, 'basic' as dimension_value, mrr_before, mrr_after,
        mrr_after as customer_mrr_after, case when movement_type = 'new' then mrr_change else 0 end as new_mrr,
        case when movement_type = 'expansion' then mrr_change else 0 end as expansion_mrr, 0 as contraction_mrr,
        case when movement_type = 'churn' then mrr_change else 0 end as churn_mrr,
        case when movement_type = 'reactivation' then mrr_change else 0 end as reactivation_mrr,
        0 as switched_in_mrr, 0 as switched_out_mrr, churn_kind
    from revenue.fct_mrr_movements"""
BY_COMBINATION = """insert into revenue.fct_mrr_movements_by_combination by name
    select 'basic' as offer, 'web' as channel, 'stripe' as provider, 'month' as price_interval,
        'EUR' as price_currency, * exclude (dimension, dimension_value) from revenue.fct_mrr_movements_by_dimension"""
ATTRIBUTES = """create table activation.dim_customer_attributes as
    select customer_id, country, 'basic' as offer_id, 'web' as channel, 'stripe' as provider,
        'month' as billing_interval, acquisition_channel, status, current_mrr from core.dim_customers"""


@pytest.fixture
def whole(home: Path) -> Path:
    """The small business in all marts, with movements by offer."""
    attributes = ("create schema if not exists activation", ATTRIBUTES)
    write_snapshot(home, *marts.ALL, *DUNNING, *CARE, BY_DIMENSION, BY_COMBINATION, *attributes)
    return home


def test_the_page_and_the_command_answer_alike(whole: Path, churniq: Churniq) -> None:  # noqa: F811
    """Two places that answer the same question once answered it differently."""
    file = str(Settings().published / find_snapshot(Settings()).file)
    both = (("country", ("NL", "DE")), ("offer", ("basic",)))
    for name, where in product(
        ("mrr", "customer_churn_rate", "new_mrr"), (both, (*both, ("channel", ("web",)), ("interval", ("month",))))
    ):
        question = Question(name, "month", where=where)
        shown = metrics.answer(file, question)["value"].cast(str).to_list()
        command = question.command().removeprefix("churniq ").replace("'", "").split(" ")
        told = [row[name] for row in json.loads(churniq(*command, "--format", "json").out)]
        assert [value and float(value) for value in shown] == [value and float(value) for value in told]
        assert any(value for value in shown)


@pytest.mark.parametrize("metric", ["mrr", "new_mrr", "churn_mrr"])
def test_movements_behind_a_filtered_number_sum_to_it(home: Path, metric: str) -> None:
    """Behind EUR -150.80 on an offer were movements of EUR +66.08: of those who have the offer now, whatever moved."""
    write_snapshot(home, *marts.ALL, BY_DIMENSION, BY_COMBINATION, "create schema if not exists activation",
                   ATTRIBUTES.replace("'basic' as offer_id", "'premium' as offer_id"))  # fmt: skip
    file = str(Settings().published / find_snapshot(Settings()).file)
    where = (("offer", ("basic",)), ("country", ("NL",)))
    values = dict(metrics.answer(file, Question(metric, "month", where=where)).select("period", "value").iter_rows())
    before = values[date(2025, 1, 1)] if metric == "mrr" else 0
    rows = metrics.movements_behind(metric, date(2025, 2, 1), date(2025, 2, 28), where, None)
    assert all_rows(file, rows)["mrr_change"].sum() == values[date(2025, 2, 1)] - before


@pytest.mark.usefixtures("whole")
def test_filters_are_in_the_address_and_carried() -> None:
    """A colleague who opens the address sees the same view; so does the next page."""
    app = open_page("explore", country="NL", grain="month")
    assert "Filtered: country NL" in words_of(app)
    app.switch_page("app_pages/core_tables.py").run()
    assert set(ids_of(app)) == {"anna", "cleo"}
    assert "Filtered to customers who now have: country NL" in words_of(app)
    assert "NL" in app.query_params["country"]


@pytest.mark.usefixtures("whole")
def test_what_cannot_be_filtered_says_so() -> None:
    """A number that ignores a filter in silence is read as filtered."""
    told = words_of(open_page("retention", country="NL", retention_part="renewals"))
    assert "Not applied: country NL; the history of intent is kept by day and of everybody" in told
    told = words_of(open_page("financial_performance", country="NL", provider="stripe", finance_part="payments"))
    assert "Filtered: provider Stripe. Not applied: country NL; what fees leave is summed by month" in told
    assert "Not applied: country NL; restatements, definitions" in words_of(open_page("trust", country="NL"))
    told = words_of(open_page("explore", offer="basic", channel="web"))
    assert "Filtered: offer Basic, channel Web" in told
    assert "Read from revenue.fct_mrr_movements_by_combination" in told
    kept, refused = applicable("expected_loss", filters.Filters(where=(("country", ("NL",)), ("channel", ("web",)))))
    assert (kept.where, refused) == ((("country", ("NL",)),), ["channel"])
    assert "Not applied" not in words_of(open_page("retention", retention_part="renewals"))


# The page with its part, and the metric with the dimension that it is stacked by.
PARTS = {
    "churned_customers": ("retention", {"retention_part": "churn"}, "churn_kind"),
    "trials": ("retention", {"retention_part": "trials"}, "outcome"),
    "dunning_amount": ("dunning", {}, "outcome"),
    "contacts": ("care", {}, "topic"),
}


@pytest.mark.parametrize("metric", PARTS)
@pytest.mark.parametrize("where", [(), (("country", ("NL",)),), (("country", ("NL", "DE")),)], ids=str)
def test_every_filtered_part_is_the_answer_of_the_command(
    whole: Path,
    churniq: Churniq,  # noqa: F811
    metric: str,
    where: tuple[tuple[str, tuple[str, ...]], ...],
) -> None:
    """Churn, trials, dunning and care stood unfiltered under the filters; and a breakdown sums to its total."""
    page, part, dimension = PARTS[metric]
    file = str(Settings().published / find_snapshot(Settings()).file)
    question = Question(metric, "month", (dimension,), where=where)
    shown = metrics.answer(file, question).select(pl.col("value").cast(pl.Float64))["value"].to_list()
    told = json.loads(churniq(*shlex.split(question.command())[1:], "--format", "json").out)
    assert shown == [float(row[metric]) for row in told]
    whole_of = metrics.answer(file, Question(metric, "month", where=where))["value"].cast(pl.Float64)
    assert sum(shown) == pytest.approx(whole_of.sum())
    app = open_page(page, **part, **{name: list(values) for name, values in where})
    commands = [block.value for block in app.code if block.value.startswith("churniq metric")]
    assert question.command() in commands


def test_a_part_opens_its_rows_and_their_story(whole: Path) -> None:
    """Under a bar of cases or trials there were only customers whose MRR moved."""
    app = open_page("retention", retention_part="trials")
    app.selectbox(key="trials-into").set_value(date(2025, 2, 1)).run()
    assert "**Trials, Feb 2025**" in words_of(app)
    app.segmented_control(key="trials-pane").set_value("customers").run()
    assert set(ids_of(app)) == {"anna", "bert", "cleo", "dora"}
    app.segmented_control(key="trials-pane").set_value("events").run()
    assert not app.exception


def test_renewals_are_filtered_by_what_is_due(whole: Path) -> None:
    """MRR of everybody stood under the filter of one country."""
    everybody = metrics_of(open_page("retention", retention_part="renewals"))
    assert everybody["MRR due"] == "EUR 1,260"
    narrowed = metrics_of(open_page("retention", retention_part="renewals", country="DE"))
    assert narrowed["MRR due"] == narrowed["Of it set to cancel"] == "EUR 10.00"


@pytest.mark.usefixtures("whole")
def test_cohorts_and_survival_are_filtered() -> None:
    """The cohorts of everybody stood under the filter of one country."""
    app = open_page("retention", country="DE", provider="stripe")
    assert "Filtered: country DE; offer and channel are those of the first MRR." in words_of(app)
    assert "Not applied: provider Stripe" in words_of(app)
    app.selectbox(key="cohort-of-months").set_value(date(2025, 1, 1)).run()
    assert ids_of(app) == ["bert"]
    assert "1 customer with MRR" in words_of(app)
    assert "Too few to draw" in words_of(open_page("retention", country="DE", retention_part="survival"))
    assert "Nobody began so" in words_of(open_page("retention", country="DE", offer="gone", channel="web", span="30"))


@pytest.mark.usefixtures("whole")
def test_a_period_that_an_address_opens_can_be_closed() -> None:
    """The panel stayed open whatever was clicked, and a period that was clicked was not in the address to be sent."""
    app = open_page("explore", metric="churn_mrr", at="2025-02-01")
    into = app.selectbox(key="at")
    assert into.value == date(2025, 2, 1)
    assert "Churn MRR, Feb 2025" in words_of(app)
    into.set_value(date(2025, 3, 1)).run()
    assert app.query_params["at"] == "2025-03-01"
    app.selectbox(key="at").set_value(None).run()
    assert "Churn MRR, " not in words_of(app)
    assert "at" not in app.query_params


@pytest.mark.usefixtures("whole")
def test_a_click_takes_the_place_of_what_was_chosen_in_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cohort was the one of the list and its month the one of a cell: where it had none, the page broke."""
    monkeypatch.setattr(layout, "picked", lambda _: {"cohort": "Jan 2025", "period_number": 1})
    app = open_page("retention")
    assert "Cohort Jan 2025, month 1" in words_of(app)
    app.selectbox(key="cohort-of-months").set_value(date(2025, 3, 1)).run()
    assert not app.exception
    assert "Cohort Mar 2025, month 0" in words_of(app)


@pytest.mark.usefixtures("whole")
def test_an_address_says_what_was_looked_at_behind_a_number() -> None:
    """Whoever got the address of somebody's events saw the first pane, and nobody's."""
    app = open_page("explore", metric="mrr", at="2025-03-01")
    app.segmented_control(key="explore-pane").set_value("events").run()
    who = app.selectbox(key="explore-customer")
    who.set_value(who.options[-1]).run()
    sent = dict(app.query_params)
    got = open_page("explore", **sent)
    assert got.segmented_control(key="explore-pane").value == "events"
    assert got.selectbox(key="explore-customer").value == who.options[-1] != who.options[0]


@pytest.mark.usefixtures("whole")
def test_an_address_with_nonsense_is_the_page_without_it() -> None:
    """Addresses are typed and get old: an offer that is gone, a grain that never was."""
    app = open_page(
        "explore", grain="aeon", country="Atlantis", metric="happiness", at="yesterday", compare="by-nobody"
    )
    assert "Filtered" not in words_of(app)


def test_views_are_kept_by_any_name(home: Path) -> None:
    """A name with a slash once was a path."""
    settings = Settings().prepare()
    assert settings.home == home
    save_view(settings, "a/../b 'weekly'", {"country": ["NL"], "grain": "week"})
    assert saved_views(settings) == {"a/../b 'weekly'": {"country": ["NL"], "grain": "week"}}
    (settings.views / "broken.json").write_text("{")
    assert len(saved_views(settings)) == 1
    delete_view(settings, "a/../b 'weekly'")
    assert saved_views(settings) == {}


def test_only_what_a_metric_has_is_kept() -> None:
    chosen = filters.Filters(where=(("country", ("NL",)), ("offer", ("basic",))))
    assert chosen.only(["offer"]).where == (("offer", ("basic",)),)
    assert chosen.words() == ["country NL", "offer basic"]


def test_notes_tell_campaigns_and_restated_months_and_can_be_hidden(home: Path) -> None:
    """A fall that a restatement made was looked for among customers."""
    before = "update revenue.fct_mrr_monthly set closing_mrr = closing_mrr - 20 where month = '2025-02-01'"
    write_snapshot(home, before, as_of=datetime(2025, 3, 5), is_current=False)  # noqa: DTZ001 - UTC
    assigned = """create table activation.fct_campaign_assignments as select * from (values
        ('spring', 'anna', 'sent', date '2025-02-10'), ('spring', 'bert', 'held_out', date '2025-02-10'))
        as rows (campaign, customer_id, arm, assigned_date)"""
    write_snapshot(home, *marts.ALL, "create schema if not exists activation", assigned)
    file = str(Settings().published / find_snapshot(Settings()).file)
    assert notes.campaigns(file, "month").rows() == [(date(2025, 2, 1), "spring", 1, 1)]
    restated = notes.restated_months(file, choices.earlier_files(AS_OF))
    assert restated.rows() == [(date(2025, 2, 1), datetime(2025, 3, 5), 20)]  # noqa: DTZ001 - UTC
    view = SnapshotView(file, AS_OF, AS_OF.date(), AS_OF, "EUR", "UTC", True, find_snapshot(Settings()))
    told = dict(happenings.by_period(view, "month", None).rows())[date(2025, 2, 1)]
    assert "Campaign spring: 1 customer written to, 1 held out" in told
    assert "Feb 2025 was restated: EUR +20.00 closing MRR since 5 Mar 2025" in told
    assert happenings.by_period(view, "month", date(2025, 3, 1)).is_empty()
    assert [row[0] for row in happenings.by_period(view, "day", None).rows()] == [date(2025, 2, 10), date(2025, 2, 28)]
    looked_into = open_page("explore", compare="known-2025-03-05T00:00:00", at="2025-02-01")
    assert "What is known otherwise since then" in [link.proto.label for link in looked_into.get("page_link")]
    assert not open_page("explore", marks="hidden").session_state["filters"].has_notes
    assert open_page("explore").session_state["filters"].has_notes
