"""What a query answers: the names of its columns, and its rows.

Belongs here: reading them off a connection. Does not belong here: the queries, and how rows are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb


class Rows(NamedTuple):
    """An answer: the names of its columns, and its rows."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Each row by the names of its columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] | Mapping[str, Any] | None = None
) -> Rows:
    """All rows of a query, with values bound by place or by name."""
    result = connection.execute(query, values or None)
    return Rows([column[0] for column in result.description or []], result.fetchall())
