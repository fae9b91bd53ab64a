"""A chart over calendar time, drawn with what happened meanwhile.

Belongs here: the axis by which notes find their place. Does not belong here: what happened and its words
(``app.happenings``), the marks (``app.charts_of_notes``), the chart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import altair as alt
import polars as pl

from app import happenings
from app.charts import MONTH_LABEL, Drawing, every_period
from app.charts_of_notes import with_notes
from app.view import current_view


@dataclass(frozen=True)
class Series:
    """``periods`` are the first days of those on the axis, each of a ``grain``.

    An axis of words has ``label_format``, which makes a period its label; an axis of time has none.
    """

    drawing: Drawing
    axis: alt.X
    grain: str
    periods: tuple[date, ...]
    label_format: str | None = None

    def composed(self) -> tuple[Drawing, str]:
        """The drawing with its notes, and their words for who does not see it; as it is where there are none.

        The same however often it is asked for: a download asks when the page has been left.
        """
        return self._composed

    @cached_property
    def _composed(self) -> tuple[Drawing, str]:
        notes = happenings.in_periods(
            current_view(), self.grain, self.periods, only_these=self.label_format is not None
        )
        if notes.is_empty():
            return self.drawing, ""
        return with_notes(self.drawing, self.axis, self.label_format, notes), happenings.in_words(notes)


def by_month(drawing: Drawing, axis: alt.X, months: pl.Series) -> Series:
    """A drawing on ``app.charts.month_axis`` as a series."""
    return Series(drawing, axis, "month", tuple(every_period(months).to_list()), MONTH_LABEL)
