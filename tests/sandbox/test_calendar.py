"""The calendar that is sent is the one by which the simulated people watch and leave."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from pipelines.sandbox.seasons import SERIES_MONTHS, runs
from pipelines.sandbox.window import Window
from tests.sandbox.conftest import Sandbox


def test_seasons_are_sent_before_they_begin(sandbox: Sandbox) -> None:
    """A calendar that came with the season would let a model know ends only once they are over."""
    sent = sandbox.rows("content_calendar").with_columns(
        pl.col("starts_on", "ends_on").str.to_date(), pl.col("recorded_at").str.to_datetime(time_zone="UTC")
    )
    flagship = sent.filter(pl.col("title_id") == "TT0000").sort("starts_on")
    assert (date(2025, 9, 1), date(2025, 11, 30)) in flagship.select("starts_on", "ends_on").rows()
    assert (date(2026, 2, 1), date(2026, 3, 31)) in flagship.select("starts_on", "ends_on").rows()
    later = sent.filter(pl.col("starts_on") > date(2024, 9, 15))
    assert (later["starts_on"] - later["recorded_at"].dt.date() == timedelta(days=60)).all()
    assert not sent.select("title_id", "season").is_duplicated().any()


def test_nobody_watches_the_flagship_outside_its_seasons(sandbox: Sandbox) -> None:
    seen = sandbox.rows("engagement_daily").filter(pl.col("top_title_id") == "TT0000")["activity_date"].cast(pl.Date)
    window = Window.ending_at_epoch(24)
    spans = [
        (pl.from_epoch(pl.Series([start, stop]), "s").dt.date().to_list())
        for start, stop in runs(window, SERIES_MONTHS)
    ]
    inside = [seen.is_between(start, stop, closed="left") for start, stop in spans]
    assert len(seen) > 100
    assert (
        pl.DataFrame({str(n): part for n, part in enumerate(inside)})
        .select(pl.any_horizontal(pl.all()))
        .to_series()
        .all()
    )
