"""The page on the retention journey, on marts whose numbers are known by head.

Belongs here: what a reader sees and can do there. Does not belong here: the other pages (``test_pages``).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import write_snapshot
from tests.app.marts import SCHEMAS, contract_tables, descriptions
from tests.app.test_pages import ids_of, metrics_of, open_page, table_of, words_of

ROWS = [
    """insert into journey.fct_journey_stages by name
        select * from (values ('anna', true, date '2025-02-01', date '2025-03-10', 'trial', null, 37),
            ('anna', true, date '2025-03-10', null, 'paying', 'trial', 11),
            ('bert', true, date '2025-02-01', date '2025-03-10', 'trial', null, 37),
            ('bert', true, date '2025-03-10', null, 'paying', 'trial', 11),
            ('v1', false, date '2025-03-15', null, 'visited', null, 6)
        ) as stays (person_id, is_customer, valid_from, valid_to, stage, previous_stage, days)""",
    """insert into journey.fct_journey_moves_by_combination by name
        select close_date, stage, if(person_id = 'anna', 'NL', '(none)') as country, '(none)' as acquisition_channel,
            count(*) filter (came) as entered_persons, count(*) filter (not came) as left_persons,
            entered_persons - left_persons as closing_change
        from (
            select valid_from as close_date, stage, person_id, true as came from journey.fct_journey_stages
            union all
            select valid_to, stage, person_id, false from journey.fct_journey_stages where valid_to is not null
        ) group by all""",
    """insert into journey.fct_journey_times by name
        select * from (values ('trial', 'paying', 2, 2, 37.0, 37.0, 37.0),
            ('paying', '(still there)', 2, 2, 11, 11, 11),
            ('visited', '(still there)', 1, 1, 6, 6, 6)
        ) as times (stage, next_stage, stays, persons, lower_quartile_days, median_days, upper_quartile_days)""",
    """insert into retention.fct_set_to_cancel_daily by name
        select date '2025-02-04' as close_date, 1 as closing_subscriptions""",
]  # fmt: skip
TABLES = [*(f"create schema if not exists {schema}" for schema in SCHEMAS), *contract_tables()]
EXPANDERS = ("journey-days", "flow-days", "all-times", "intents")


@pytest.fixture
def journey_home(home: Path) -> Path:
    """An environment whose current snapshot has a journey of two customers and a visitor."""
    write_snapshot(home, *TABLES, *ROWS, descriptions=descriptions())
    return home


def open_journey(part: str, *opened: str) -> AppTest:
    """A part of the page, after it ran, with some of its expanders open."""
    return open_page("retention", *opened, retention_part=part)


def test_the_headline_is_the_last_close_against_the_one_30_days_before(journey_home: Path) -> None:
    app = open_page("retention", retention_part="stages")
    assert metrics_of(app)["Paying customers"] == metrics_of(app)["Paying, all well"] == "2"
    assert metrics_of(app)["In trial"] == "0"
    deltas = {metric.label: metric.delta for metric in app.metric}
    assert deltas["Paying customers"] == "+2 in 30 days"
    # An arrow upwards beside a nought was read as a rise.
    assert deltas["Paying, set to cancel"] == "no change"


@pytest.mark.parametrize("part", ["stages", "flows", "times"])
def test_every_part_opens_to_its_rows(journey_home: Path, part: str) -> None:
    app = open_journey(part, *EXPANDERS)
    assert app.subheader
    assert len(app.dataframe)


def test_a_group_of_stages_shows_its_days(journey_home: Path) -> None:
    app = open_journey("stages", "journey-days")
    app.segmented_control(key="journey-group").set_value("before").run()
    assert set(table_of(app)["stage"]) == {"Visited", "In trial"}
    app.segmented_control(key="journey-group").set_value("leaving").run()
    assert "Nobody in these stages" in words_of(app)


def test_stages_follow_the_filters(journey_home: Path) -> None:
    """They were of everybody, whatever was chosen above the page."""
    app = open_page("retention", retention_part="stages", country="NL")
    assert metrics_of(app)["Paying customers"] == "1"
    assert "Filtered: country NL" in words_of(app)


def test_a_flow_leads_to_its_persons_in_the_days_chosen(journey_home: Path) -> None:
    app = open_journey("flows")
    assert app.selectbox(key="journey-flow").options == [
        "In trial \N{RIGHTWARDS ARROW} Paying, all well",
        "Not known before \N{RIGHTWARDS ARROW} Visited",
    ]
    app.selectbox(key="journey-flow").set_value(("trial", "paying")).run()
    assert ids_of(app) == ["anna", "bert"]
    app.selectbox(key="journey-flow").set_value(("(new)", "visited")).run()
    assert table_of(app)["visitor_id"].to_list() == ["v1"]
    app.segmented_control(key="journey-span").set_value(90).run()
    assert len(app.selectbox(key="journey-flow").options) == 3


def test_times_are_those_of_the_stage_chosen(journey_home: Path) -> None:
    app = open_journey("times")
    assert table_of(app)["next_stage"].to_list() == ["Paying, all well"]
    app.selectbox(key="journey-stage").set_value("paying").run()
    assert table_of(app)["median_days"].to_list() == [11.0]


def test_without_persons_the_page_says_what_brings_them(home: Path) -> None:
    write_snapshot(home, *TABLES)
    assert "Nobody on the way" in words_of(open_page("retention", retention_part="stages"))
