"""Metrics of all days from one to another as one period, by the filters above the page: headlines and tables.

Belongs here: asking for them, and the words on how they are filtered. Does not belong here: charts by period
(``app.parts.metric_chart``, ``app.parts.metric_parts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from app.parts import metric_answers
from app.queries import choices, metrics
from app.queries.rows import Rows
from app.view import SnapshotView
from pipelines.readings.metric_queries import TOTAL
from pipelines.readings.questions import Question, Where


@dataclass(frozen=True)
class Totals:
    """What is asked of some days; ``others`` are metrics of the same rows as ``metric``."""

    view: SnapshotView
    metric: str
    others: Sequence[str]
    first: date
    last: date

    def say(self) -> None:
        """How the numbers are filtered, and by what they cannot be."""
        metric_answers.subtitle(*metric_answers.narrowed(self.view, self.metric))

    def by(self, *dimensions: str, where: Where = ()) -> pl.DataFrame:
        """The dimensions, and each metric in the column of its name; one row, or none, where there are no dimensions.

        ``where`` narrows beside the filters.
        """
        chosen, _ = metric_answers.narrowed(self.view, self.metric, by=dimensions)
        question = Question(
            self.metric, TOTAL, dimensions, self.first, self.last, (*chosen.where, *where), chosen.segment
        )
        return metrics.answers(self.view.file, question, *self.others).drop("period")

    def whole(self, where: Where = ()) -> dict[str, Any]:
        """Each metric by its name; 0, and no rate, where there are no rows."""
        rows = self.by(where=where)
        if rows.height:
            return rows.row(0, named=True)
        return {name: None if metrics.is_share(name) else 0 for name in (self.metric, *self.others)}

    def rows(self, where: Where = ()) -> Rows:
        """The rows that the metric adds up."""
        chosen, _ = metric_answers.narrowed(self.view, self.metric)
        members = choices.members_of(self.view.file, chosen.segment) if chosen.segment else None
        return metrics.counted_behind(self.metric, self.first, self.last, (*chosen.where, *where), members)
