"""What happened meanwhile, on every chart over time.

Belongs here: what is noted, where, and for whom. Does not belong here: automatic notes of prices, campaigns and
restatements (``tests.app.test_filters``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import altair as alt
import polars as pl
import pytest

from app import happenings
from app.charts_of_notes import with_notes
from app.charts_of_series import lines_by_day, lines_by_month, stacked_by_day, stacked_by_month
from app.filters import Filters
from app.queries import notes
from app.series import Series
from app.view import SnapshotView
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings
from tests.app import marts
from tests.app.conftest import AS_OF, write_snapshot
from tests.app.test_pages import open_page

_TABLES = [
    f"create table {table} ("
    + ", ".join(f"{column['name']} {column['data_type']}" for column in marts.contracts()[table]["columns"])
    + ")"
    for table in ("ops.annotations", "ops.late_files")
]
_HOSTILE = "<img src=x onerror=alert(1)> $\\frac{1}{2}$ **bold** \u0639\u0631\u0628\u064a " + "long " * 100
_NOTES = [
    "insert into ops.annotations values "
    "('a1', 'outage', '2024-12-30', '2025-01-02', 'Payments were down', 'incident 7', 'provider', 'stripe'), "
    "('a2', 'launch', '2025-02-12', '2025-02-12', 'The app for televisions', 'roadmap', null, null), "
    f"('a3', 'other', '2025-03-01', '2025-03-01', '{_HOSTILE}', '<script>', 'country', 'DE')",
    "insert into ops.late_files values "
    "('subscription_events', 'f1', 'late.csv', '2025-01-01', 2, '2025-02-05', '2025-02-03'), "
    "('payment_events', 'f2', 'payments.csv', '2025-01-01', 5, '2025-02-06', '2025-02-03')",
]


@pytest.fixture
def view(home: Path) -> SnapshotView:
    write_snapshot(home, *_TABLES, *_NOTES)
    pointer = find_snapshot(Settings())
    return SnapshotView(
        str(Settings().published / pointer.file), AS_OF, AS_OF.date(), AS_OF, "EUR", "UTC", True, pointer
    )


def _told(view: SnapshotView, grain: str, first: date | None = None, chosen: Filters | None = None) -> dict[date, str]:
    return dict(happenings.by_period(view, grain, first, chosen).rows())


def test_annotations_and_late_files_are_dated_and_sourced(view: SnapshotView) -> None:
    """A fall was looked for among customers, and had been an outage that somebody knew of."""
    told = _told(view, "month")
    assert told[date(2024, 12, 1)] == (
        "Outage, 30 Dec 2024 to 2 Jan 2025, provider stripe: Payments were down (incident 7)"
    )
    assert told[date(2025, 2, 1)] == "Launch, 12 Feb 2025: The app for televisions (roadmap)"
    assert told[date(2025, 1, 1)] == (
        "2 late files brought 7 events of Jan 2025 after it was over, the last on 6 Feb 2025, the largest payments.csv "
        "(Data health, Files)"
    )
    assert date(2025, 2, 10) in _told(view, "week")
    assert date(2025, 1, 31) in _told(view, "day"), "a month stands where its closing is drawn"


def test_what_goes_on_when_an_axis_begins_stands_at_its_beginning(view: SnapshotView) -> None:
    assert _told(view, "month", date(2025, 1, 1))[date(2025, 1, 1)].startswith("Outage, 30 Dec 2024 to 2 Jan 2025")
    assert date(2025, 1, 1) not in _told(view, "day", date(2025, 1, 3))


def test_what_concerns_others_than_the_filters_mean_is_left_out(view: SnapshotView) -> None:
    """An outage of one store on the chart of another explains what it did not do."""
    chosen = Filters(where=(("provider", ("apple",)), ("country", ("DE", "NL"))))
    told = " ".join(_told(view, "month", None, chosen).values())
    assert "Outage" not in told
    assert "Launch" in told
    assert "country DE" in told


def test_hostile_words_are_text_of_one_line_and_bounded(view: SnapshotView) -> None:
    """What people write has markup, and one of them pasted a page."""
    note = _told(view, "month")[date(2025, 3, 1)]
    assert "<img src=x onerror=alert(1)> $\\frac{1}{2}$ **bold**" in note
    assert note.endswith("\N{HORIZONTAL ELLIPSIS} (<script>)")
    assert len(note) < 400


def test_dated_changes_of_definitions_are_noted(view: SnapshotView) -> None:
    """A number fell on the day of an update, and it was the definition."""
    assert date(2026, 11, 1) not in _told(view, "month"), "what came after the as-of instant is not known"
    later = replace(view, as_of_date=date(2026, 12, 1))
    told = _told(later, "month")[date(2026, 11, 1)]
    assert "Defined otherwise since 28 Nov 2026: Lapse, " in told
    assert "Defined otherwise since 26 Nov 2026: Revenue by country, " in told


_MONTHS = pl.DataFrame(
    {"month": [date(2025, 1, 1), date(2025, 2, 1)], "is_complete": [True, True], "dimension_value": ["a", "a"],
     "amount": [1.0, 2.0]}
)  # fmt: skip


@pytest.mark.parametrize(
    "series",
    [
        lines_by_month(_MONTHS, {"amount": ("Value", "#000000")}, "Value"),
        stacked_by_month(_MONTHS, "amount", "Value"),
        lines_by_day(_MONTHS.select("month", "amount"), "month", {"amount": ("Value", "#000000")}, "Value", ",d"),
        stacked_by_day(_MONTHS.select("month", "amount"), "month", {"amount": ("Value", "#000000")}, "Value", ",d"),
    ],
)
def test_every_series_takes_notes(series: Series) -> None:
    """Notes stood on the metrics of three pages only."""
    notes = pl.DataFrame({"period": [date(2025, 2, 1)], "note": ["What happened"]})
    drawn = with_notes(series.drawing, series.axis, series.label_format, notes)
    assert isinstance(drawn, alt.LayerChart)
    assert "What happened" in drawn.to_json()
    assert "layer" not in series.drawing.to_dict()


def test_pages_draw_them_unless_they_are_hidden(home: Path) -> None:
    write_snapshot(home, *marts.ALL, *_TABLES, *_NOTES)
    shown = open_page("financial_performance")
    assert not shown.exception
    hidden = open_page("financial_performance", marks="hidden")
    noted = [
        sum("Launch" in str(chart.proto) for chart in page.get("vega_lite_chart"))  # type: ignore[attr-defined]
        for page in (shown, hidden)
    ]
    assert noted[0] > 1
    assert noted[1] == 0


def test_a_snapshot_from_before_them_has_none(published_home: Path) -> None:
    assert published_home
    pointer = find_snapshot(Settings())
    file = str(Settings().published / pointer.file)
    old = SnapshotView(file, AS_OF, AS_OF.date(), AS_OF, "EUR", "UTC", True, pointer)
    assert "Launch" not in " ".join(_told(old, "month").values())


@pytest.mark.parametrize(("others", "told"), [(0, [12]), (2000, [])])
def test_a_few_changed_prices_of_many_are_no_event(home: Path, others: int, told: list[int]) -> None:
    """Of 50,000 subscriptions ten had another price in nearly every month, so that nearly every bar had a note."""
    changed = """insert into revenue.fct_subscription_mrr_movements by name
        select 's' || number as subscription_id, date '2025-02-03' as movement_date, 'price_change' as cause,
            1 as mrr_change
        from range(12) as changes (number)"""
    paying = f"""insert into core.fct_subscriptions by name
        select 'm' || number as subscription_id, 1 as mrr from range({others}) as subscriptions (number)"""
    settings = write_snapshot(home, *marts.contract_tables(), changed, paying)
    file = str(settings.published / find_snapshot(settings).file)
    assert notes.price_changes(file, "month")["changes"].to_list() == told


def test_prices_that_change_day_after_day_are_one_note(home: Path) -> None:
    """A price that rises as each subscription renews had thirty marks in a row on a chart by days."""
    moved = """create or replace table revenue.fct_subscription_mrr_movements as
        select date '2025-02-01' + cast(number // 20 as integer) as movement_date, 'price_change' as cause,
            cast(1 as decimal(38, 4)) as mrr_change from range(100) as numbers (number)
        union all select date '2025-02-20', 'price_change', 1 from range(20)"""
    write_snapshot(home, moved)
    file = str(Settings().published / find_snapshot(Settings()).file)
    days = notes.price_changes(file, "day").rows()
    assert days == [(date(2025, 2, 1), date(2025, 2, 5), 100, 100), (date(2025, 2, 20), date(2025, 2, 20), 20, 20)]
    assert notes.price_changes(file, "month").rows() == [(date(2025, 2, 1), date(2025, 2, 1), 120, 120)]
