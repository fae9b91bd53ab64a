"""The data health page on a small snapshot with its watch over the feeds.

Belongs here: what the page says of accounting, feeds, rejected rows and events out of order.
Does not belong here: the other pages (``test_pages``), the browser (``test_browser``).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from app import feed_words
from app.charts_of_feeds import volume_by_day
from app.queries.ingest import reasons
from app.queries.rows import all_rows_as_csv
from app.queries.snapshot import quarantined_rows
from pipelines.publishing.snapshots import find_snapshot
from tests.app.conftest import write_snapshot
from tests.app.test_pages import ids_of, metrics_of, open_page, table_of, words_of

WATCH = """
create table ops.ingest_daily (feed varchar, arrival_day date, files bigint, rows_read bigint, rows_loaded bigint, rows_duplicate bigint, rows_quarantined bigint);
insert into ops.ingest_daily values
    ('subscription_events', '2025-03-20', 1, 14, 12, 1, 1), ('payment_events', '2025-03-19', 2, 4, 4, 0, 0);

create table ops.quarantine_reasons (feed varchar, reason varchar, row_count bigint, files bigint, first_loaded_at timestamp, last_loaded_at timestamp);
insert into ops.quarantine_reasons values ('subscription_events', 'missing:amount', 1, 1, '2025-03-20 12:30:00', '2025-03-20 12:30:00');
update ops.quarantine set raw = '{"email": "xxxx.xxxxxx@xxxxxxx.xxx"}';

create table ops.feed_volume_daily (feed varchar, event_type varchar, recorded_day date, row_count bigint);
insert into ops.feed_volume_daily values
    ('payment_events', 'succeeded', '2025-03-18', 3), ('payment_events', 'failed', '2025-03-18', 1),
    ('subscription_events', 'started', '2024-01-01', 12);

create table ops.order_anomalies (event_id varchar, kind varchar, subscription_id varchar, customer_id varchar, event_type varchar, occurred_at timestamp, recorded_at timestamp);
insert into ops.order_anomalies values ('e9', 'after_end', 's-bert', 'bert', 'ended', '2025-02-27', '2025-02-27');

create table ops.feed_health (feed varchar, known_rows bigint, cadence_hours double, hours_since_last_row double, late_after_hours double, is_late boolean, gap_days bigint, last_gap_day date, has_recent_gap boolean, last_day_rows bigint, usual_day_rows double, volume_ratio double, is_volume_unusual boolean, mix_change double, is_mix_unusual boolean);
insert into ops.feed_health values
    ('payment_events', 4, 24, 27, 72, false, 0, null, false, 4, 4, 1, false, 0.02, false),
    ('subscription_events', 12, 24, 100, 72, true, 2, '2025-03-19', true, 0, 40, 0, true, 0.41, true),
    ('offers', 2, null, null, null, null, null, null, null, null, null, null, null, null, null),
    ('payouts', 0, null, null, null, null, null, null, null, null, null, null, null, null, null);
"""  # noqa: E501 - a table a line, as in snapshot.sql
HEALTHY: dict[str, Any] = {
    "feed": "payment_events", "known_rows": 4, "cadence_hours": 24.0, "hours_since_last_row": 27.0,
    "late_after_hours": 72.0, "is_late": False, "gap_days": 0, "last_gap_day": None, "has_recent_gap": False,
    "last_day_rows": 4, "usual_day_rows": 4.0, "volume_ratio": 1.0,
    "is_volume_unusual": False, "mix_change": 0.02, "is_mix_unusual": False,
}  # fmt: skip


@pytest.fixture
def page(home: Path) -> AppTest:
    """The page on a snapshot with a feed that needs a look."""
    write_snapshot(home, WATCH)
    return open_page("data_health")


def table_with(app: AppTest, column: str) -> pl.DataFrame:
    """The first table on the page that has a column."""
    tables = (table_of(app, position) for position in range(len(app.dataframe)))
    return next(table for table in tables if column in table.columns)


def test_a_feed_that_needs_a_look_is_said_in_sentences(page: AppTest) -> None:
    """A red cell in the tenth column was seen by nobody."""
    (warning,) = page.warning
    assert "**Subscription events** are late: the newest row came 4 days before the as-of instant" in warning.value
    assert "failed to come on 2 days of the last 90, the latest 19 Mar 2025" in warning.value
    assert "had 0 rows on the last complete day, usual for its weekday are 40" in warning.value
    assert "41.0% of the rows of the last seven days are of other types" in warning.value
    assert "Payment events" not in warning.value


def test_every_feed_has_a_line_in_words(page: AppTest) -> None:
    """A feed that never came was missing from the list, and so from everybody's mind."""
    health = table_with(page, "freshness")
    assert health["feed"].to_list() == ["Subscription events", "Offers", "Payment events", "Payouts"]
    assert health["newest_row"].to_list() == ["4 days ago", "Without a date", "27 hours ago", "Never came"]
    assert health["freshness"].to_list() == ["\N{WARNING SIGN} Late", None, "On time", None]
    assert health["event_mix"].to_list()[:1] == ["\N{WARNING SIGN} Unusual: 41.0% moved"]
    assert "three times the median gap" in words_of(page)


def test_the_accounting_is_by_feed_and_day(page: AppTest) -> None:
    """Sums over everything hid the day on which a third of the rows was rejected."""
    assert metrics_of(page)["Rows read"] == "14"
    days = table_with(page, "arrival_day")
    assert days["feed"].to_list() == ["Subscription events", "Payment events"]
    page.selectbox(key="accounting-feed").set_value("payment_events").run()
    assert table_with(page, "arrival_day")["rows_loaded"].to_list() == [4]
    page.toggle(key="accounting-rest").set_value(True).run()
    assert not page.exception


def test_the_volume_of_a_feed_can_be_seen(page: AppTest) -> None:
    """Feeds without a date have no days to draw."""
    assert page.selectbox(key="volume-feed").options == ["Payment events", "Subscription events"]
    page.selectbox(key="volume-feed").set_value("subscription_events").run()
    assert "None was recorded in the 90 days before the as-of instant." in words_of(page)


def test_rejected_rows_show_no_address(page: AppTest) -> None:
    """Quarantined rows were as they came, and somebody's address came with them."""
    page.segmented_control(key="part").set_value("quarantine").run()
    assert table_with(page, "row_count")["reason"].to_list() == ["missing:amount"]
    assert table_with(page, "raw")["raw"].to_list() == ['{"email": "***@***"}']


def test_downloads_show_no_address_either(page: AppTest, home: Path) -> None:
    """What was masked on the screen was plain in the file."""
    from pipelines.settings import Settings

    settings = Settings()
    file = str(settings.published / find_snapshot(settings).file)
    content = all_rows_as_csv(file, quarantined_rows()) + all_rows_as_csv(file, reasons())
    assert b"missing:amount" in content
    assert b"secret" not in content


def test_an_event_out_of_order_leads_to_its_customer(page: AppTest) -> None:
    """The list said not_open and nothing about what was not."""
    page.segmented_control(key="part").set_value("anomalies").run()
    assert table_with(page, "kind")["kind"].to_list() == ["After end"]
    assert ids_of(page) == ["bert"]
    assert "Select a row to trace its customer." in words_of(page)
    assert "it ended or lapsed and was not opened again" in words_of(page)


def test_nothing_to_worry_about_is_said(home: Path) -> None:
    """No warning could mean that nothing was looked at."""
    write_snapshot(home, WATCH, "delete from ops.feed_health where feed = 'subscription_events'")
    app = open_page("data_health")
    assert not app.warning
    assert "No feed is late" in app.success[0].value


def test_empty_tables_are_no_error(home: Path) -> None:
    """A fresh lake has none of it."""
    tables = ("ingest_daily", "quarantine_reasons", "feed_volume_daily", "order_anomalies", "feed_health", "quarantine")
    write_snapshot(home, WATCH, *(f"delete from ops.{table}" for table in tables))
    app = open_page("data_health")
    assert not app.exception
    assert "None was ingested: run churniq ingest PATH" in words_of(app)


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ({}, 0),
        ({"is_late": True}, 1),
        ({"gap_days": 1, "last_gap_day": None, "has_recent_gap": True}, 1),
        ({"gap_days": 1, "last_gap_day": None}, 0),
        ({"is_volume_unusual": True}, 1),
        ({"is_mix_unusual": True}, 1),
        (dict.fromkeys(HEALTHY.keys() - {"feed", "known_rows"}), 0),
    ],
)
def test_each_concern_is_a_sentence(changes: dict[str, Any], sentences: int) -> None:
    """What is unknown is no concern."""
    assert len(feed_words.concerns({**HEALTHY, **changes})) == sentences
    assert feed_words.line({**HEALTHY, **changes})["known_rows"] == 4


def test_rare_event_types_are_drawn_together() -> None:
    """A legend of thirteen types was taller than the chart."""
    rows = pl.DataFrame({"event_type": [f"t{n}" for n in range(13)], "row_count": range(13, 0, -1)}).with_columns(
        recorded_day=pl.date(2025, 1, 1)
    )
    encoding = volume_by_day(rows, until=date(2025, 1, 3)).to_dict()["encoding"]
    scale = encoding["color"]["scale"]["domain"]
    assert scale == ["t0", "t1", "t2", "t3", "t4", "t5", "others"]
    # Days without rows have their place: a feed that stopped must not look like one that goes on.
    assert encoding["x"]["scale"]["domain"] == ["1 Jan 2025", "2 Jan 2025", "3 Jan 2025"]
