"""A question to the semantic layer as a value: the same for a page, a download and the command line.

Belongs here: what is asked, and how it is said elsewhere. Does not belong here: the select (``metric_queries``).
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import date

from pipelines.readings.metric_queries import compile_metric, table_of
from pipelines.readings.metrics import metrics

Where = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Question:
    """A metric by period, cut by ``by`` and narrowed to values of dimensions and a saved segment."""

    metric: str
    grain: str = "month"
    by: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    where: Where = ()
    segment: str | None = None

    def sql(self, *others: str) -> str:
        """The select as it is run, values bound by name; ``others`` are metrics beside it, of the same rows."""
        return compile_metric(
            metrics()[self.metric],
            self.by,
            self.grain,
            self.first,
            self.last,
            where=dict(self.where),
            only_customers=self.segment is not None,
            beside=[metrics()[name] for name in others],
        )

    def table(self) -> str:
        """The published table whose rows answer it."""
        return table_of(metrics()[self.metric], list(dict.fromkeys([*self.by, *(name for name, _ in self.where)])))

    def command(self) -> str:
        """The command that gives the same answer."""
        parts = [f"churniq metric {self.metric}"]
        parts += [f"--by {name}" for name in self.by]
        parts += [f"--grain {self.grain}"] if self.grain != "month" else []
        parts += [f"--from {self.first}"] if self.first else []
        parts += [f"--to {self.last}"] if self.last else []
        parts += [f"--where {shlex.quote(f'{name}={value}')}" for name, values in self.where for value in values]
        parts += [f"--segment {shlex.quote(self.segment)}"] if self.segment else []
        return " ".join(parts)
