"""Charts over calendar time: every period has its place on the axis.

Belongs here: axes and lines of any series. Does not belong here: notes on them (``test_annotations``), colours
(``test_palette``).
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime

import polars as pl

from app import charts
from app.charts import svg
from app.charts_of_metrics import metric_by_period
from app.charts_of_people import story
from app.charts_of_series import lines_by_month, stacked_by_day, stacked_by_month

_MONTHS = [date(2025, 1, 1), date(2025, 2, 1), date(2025, 5, 1)]
_LABELS = ["Jan 2025", "Feb 2025", "Mar 2025", "Apr 2025", "May 2025"]


def test_a_chart_is_drawn_as_a_document() -> None:
    """For a slide a chart was to be had as pixels only."""
    rows = pl.DataFrame({"period": _MONTHS, "value": [120.0, 90.0, 130.0], "is_complete": [True, True, False]})
    series = metric_by_period(rows, "month", "MRR, EUR", number=",.2f", is_share=False)
    document = svg(series.drawing)
    assert document.startswith("<svg")
    assert ">MRR, EUR</text>" in document
    assert all(f">{label}</text>" in document for label in ("Jan 2025", "May 2025"))


def test_words_are_of_the_page_behind_them() -> None:
    """The session chose their colour: when the system's theme switched, words stayed as on the last one."""
    rows = pl.DataFrame({"period": _MONTHS, "value": [120.0, 90.0, 130.0], "is_complete": True})
    drawing = charts.with_words(metric_by_period(rows, "month", "MRR", number=",.2f", is_share=False).drawing)
    for page, words in (("#FFFFFF", charts.WORDS_ON_LIGHT), ("#10161D", charts.WORDS_ON_DARK)):
        document = io.StringIO()
        drawing.properties(background=page).save(document, format="svg")
        written = set(re.findall(r'<text [^>]*fill="([^"]*)"', document.getvalue()))
        assert written == {words}


def test_the_bar_of_a_lone_day_has_a_width() -> None:
    """Persons by stage of a business of one day were a wall of blue."""
    frame = pl.DataFrame({"day": [date(2025, 1, 1)], "paying": [5]})
    drawn = svg(stacked_by_day(frame, "day", {"paying": ("Paying", charts.BLUE)}, "Persons", ",d").drawing)
    [width] = re.findall(r'aria-roledescription="bar" d="M[\d.]+,[\d.]+h([\d.]+)', drawn)
    assert float(width) < charts.PAPER_WIDTH / 10
    labels = re.findall(r">([^<>]+)</text>", drawn)
    assert labels.count("1 Jan 25") == 1, "parts of a day were named as the day"
    assert not [label for label in labels if "." in label], "and there were halves of persons"


def test_there_are_no_halves_of_what_is_counted() -> None:
    """The axis of a month with three switches had 0.5, 1.5 and 2.5 of them."""
    rows = pl.DataFrame({"period": _MONTHS, "value": [1, 2, 3], "is_complete": True})
    drawn = svg(metric_by_period(rows, "month", "Switches", number=",.0f", is_share=False).drawing)
    assert set(re.findall(r">([\d.]+)</text>", drawn)) == {"0", "1", "2", "3"}


def test_months_without_a_bar_have_their_place() -> None:
    """Switches of November stood beside those of January, as if they were neighbours."""
    rows = pl.DataFrame({"month": _MONTHS, "is_complete": True, "part": "up", "switches": [1, 2, 3]})
    series = stacked_by_month(rows, "switches", "Switches", {"up": "#000000"})
    assert series.drawing.to_dict()["encoding"]["x"]["scale"]["domain"] == _LABELS
    assert series.periods == tuple(date(2025, month, 1) for month in range(1, 6)), "notes are between them too"


def test_lines_break_where_a_month_is_left_out() -> None:
    """Shares of too few are not drawn: the line went on from May to October as from one month to the next."""
    rows = pl.DataFrame({"month": _MONTHS, "is_complete": True, "share": [0.1, 0.2, 0.3]})
    drawing = lines_by_month(rows, {"share": ("Share", "#000000")}, "Share").drawing
    assert drawing.to_dict()["encoding"]["x"]["scale"]["domain"] == _LABELS
    assert drawing.data["value"].to_list() == [0.1, 0.2, None, None, 0.3]


def test_a_metric_breaks_where_a_period_is_left_out() -> None:
    rows = pl.DataFrame({"period": [date(2025, 1, 6), date(2025, 1, 20)], "value": [0.5, 0.25], "is_complete": True})
    series = metric_by_period(rows, "week", "Churn", number=".1%", is_share=True)
    assert series.periods == (date(2025, 1, 6), date(2025, 1, 13), date(2025, 1, 20))
    (data,) = series.drawing.to_dict()["datasets"].values()
    assert [row["value"] for row in data] == [0.5, None, 0.25]


def test_a_short_history_has_days_on_its_axis() -> None:
    """Seven ticks of three months were named Apr 2026 three times and May 2026 three times."""
    began, as_of = datetime(2026, 3, 12), datetime(2026, 6, 15)  # noqa: DTZ001 - UTC
    spans = {"subscription_id": ["s"], "status": ["active"], "valid_from": [began], "valid_to": [None], "mrr": [9.99]}
    spans |= {"auto_renew": [True]}
    events = pl.DataFrame(
        schema={"lane": pl.String, "occurred_at": pl.Datetime, "weight": pl.Float64, "detail": pl.String}
    )
    drawing = story(pl.DataFrame(spans, schema_overrides={"valid_to": pl.Datetime}), events, as_of)
    drawn = str(drawing.to_dict(validate=False))
    assert "'%-d %b %y'" in drawn
    assert "'format': '%b %Y'" not in drawn
