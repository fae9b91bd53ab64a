"""What a segment is on a published snapshot: how many, worth how much, who, and who is in two of them.

Belongs here: questions about a segment to a snapshot. Does not belong here: files for others (``exporting``), the past
of a segment (``membership``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipelines.activation.attributes import TABLE, Attributes, Kind, read_attributes
from pipelines.activation.compilation import Clock, Query, members_query
from pipelines.activation.conditions import Group
from pipelines.activation.documents import Document
from pipelines.activation.nearest import nearest
from pipelines.activation.operators import WHOLE
from pipelines.lake.sql import literal, quote
from pipelines.privacy.registry import PSEUDONYM
from pipelines.publishing.snapshots import open_snapshot
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

_SHOWN = ("customer_id", "status", "country", "current_mrr", "churn_probability", "risk_band", "reason_1")
_ORDER = "order by churn_probability desc nulls last, current_mrr desc, customer_id"
# The word first, since a pattern for each of a million people takes as long as ten conditions.
_IS_SOMEBODY = f"not (contains(customer_id, 'erased') and regexp_matches(customer_id, {literal(PSEUDONYM.pattern)}))"


@dataclass(frozen=True)
class Size:
    """How many people a segment holds and what is at stake, a month, in the reporting currency."""

    customers: int
    everybody: int
    with_consent: int
    mrr: Decimal
    expected_loss: Decimal

    @property
    def share(self) -> float:
        """The share of everybody that they are; 0 where there is nobody."""
        return self.customers / self.everybody if self.everybody else 0.0


@dataclass(frozen=True)
class SnapshotReader:
    """A connection to a snapshot with the attributes and the clock that segments need."""

    connection: duckdb.DuckDBPyConnection
    attributes: Attributes
    clock: Clock

    def size(self, document: Document) -> Size:
        """How many people the segment holds and what is at stake."""
        query = self._selected(
            document,
            "count(*), (select count(*) from {table}), count(*) filter (marketing_consent), "
            "coalesce(sum(current_mrr), 0), coalesce(sum(expected_loss), 0)",
        )
        return Size(*self.connection.execute(query.sql, query.values).fetchall()[0])

    def preview(self, document: Document, limit: int) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The first people of a segment, those most at risk first, with the attributes that it asks about."""
        named = [condition.attribute.name for condition in document.group(self.attributes).conditions()]
        columns = list(dict.fromkeys([*_SHOWN, *named]))
        query = self._selected(document, ", ".join(columns), f"{_ORDER} limit {int(limit)}")
        return columns, self.connection.execute(query.sql, query.values).fetchall()

    def members(self, document: Document, columns: Sequence[str] = ("customer_id",)) -> list[tuple[Any, ...]]:
        """Everybody in a segment, by the first column."""
        query = self._selected(document, ", ".join(columns), "order by 1")
        return self.connection.execute(query.sql, query.values).fetchall()

    def overlap(self, one: Document, other: Document) -> dict[str, int]:
        """How many are in both, and only in either."""
        first, second = self.compiled(one), self.compiled(other)
        row = self.connection.execute(
            f"with one as ({first.sql}), other as ({second.sql}) select "
            "count(*) filter (one.customer_id is not null and other.customer_id is not null), "
            "count(*) filter (other.customer_id is null), count(*) filter (one.customer_id is null) "
            "from one full join other on one.customer_id = other.customer_id",
            first.values + second.values,
        ).fetchall()[0]
        return {"both": row[0], f"only {one.name}": row[1], f"only {other.name}": row[2]}

    def compiled(self, document: Document) -> Query:
        """The statement that selects the segment's people.

        Nobody who was erased is among them: what stands in their place is there for totals, and nobody to act on.
        """
        asked = members_query(document.group(self.attributes), self.clock)
        return Query(f"select customer_id from ({asked.sql}) as asked where {_IS_SOMEBODY}", asked.values)

    def remarks(self, document: Document) -> list[str]:
        """A sentence for each text of a condition that nobody has, with the nearest that somebody has."""
        asked = {
            (condition.attribute.name, value)
            for condition in document.group(self.attributes).conditions()
            if condition.attribute.kind is Kind.TEXT and condition.operator.name in WHOLE
            for value in condition.values
        }
        return [said for name, value in sorted(asked, key=str) if (said := self._unheard_of(name, value))]

    def _unheard_of(self, name: str, value: Any) -> str:
        field = quote(name)
        if self.connection.execute(f"select 1 from {TABLE} where {field} = $1 limit 1", [value]).fetchall():
            return ""
        frequent = self.connection.execute(
            f"select {field} from {TABLE} where {field} is not null group by 1 order by count(*) desc, 1 limit 200"
        ).fetchall()
        return f"nobody's {name} is {value!r} as of this snapshot{nearest(value, [row[0] for row in frequent])}"

    def group(self, document: Document) -> Group:
        """The conditions of a segment against the attributes of this snapshot."""
        return document.group(self.attributes)

    def _selected(self, document: Document, columns: str, rest: str = "") -> Query:
        people = self.compiled(document)
        return Query(
            f"select {columns.replace('{table}', TABLE)} from {TABLE} where customer_id in ({people.sql}) {rest}",
            people.values,
        )


@contextmanager
def read_snapshot(settings: Settings, as_of: datetime | None = None) -> Iterator[SnapshotReader]:
    """A reader of the current snapshot, or of the one as of an instant; raises ``UserError`` when there is none."""
    with open_snapshot(settings, as_of) as connection:
        yield reader_of(connection)


def reader_of(connection: duckdb.DuckDBPyConnection) -> SnapshotReader:
    """A reader on an open snapshot."""
    attributes = read_attributes(connection)
    as_of, timezone = connection.execute("select as_of, timezone from ops.build_info").fetchall()[0]
    return SnapshotReader(connection, attributes, Clock(as_of, timezone))
