"""Running a query on a snapshot, paging through its rows and downloading them.

Belongs here: caching, paging, CSV. Does not belong here: what is asked (the other modules of ``app.queries``).
Every result is cached under the snapshot's file, which is never rewritten; ``file`` is that path in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from app.connection import Value, fetch


@dataclass(frozen=True)
class Rows:
    """A selection of rows that a page counts, pages through and offers for download; ``parameters`` by name."""

    sql: str
    parameters: tuple[tuple[str, Value], ...] = field(default=())

    def sorted_by(self, column: str, *, descending: bool) -> Rows:
        """The same rows in the order of one of their columns; nulls come last, ties in the order of all columns."""
        name = '"' + column.replace('"', '""') + '"'
        direction = "desc" if descending else "asc"
        return Rows(
            f"select * from ({self.sql}) as listed order by {name} {direction} nulls last, listed", self.parameters
        )


@st.cache_data(max_entries=500, show_spinner=False)
def select(file: str, sql: str, parameters: tuple[tuple[str, Value], ...] = ()) -> pl.DataFrame:
    """The rows of one query, small enough to draw."""
    return fetch(file, sql, dict(parameters))


def frequent_values(file: str, table: str, column: str, *, limit: int) -> list[str]:
    """The values of a column of text, the most frequent first; ``table`` and ``column`` are known to be there."""
    name = '"' + column.replace('"', '""') + '"'
    found = select(
        file,
        f"select {name} as value from {table} where {name} is not null group by value "
        "order by count(*) desc, value limit $limit",
        (("limit", limit),),
    )
    values: list[str] = found["value"].to_list()
    return values


def number_of_rows(file: str, rows: Rows) -> int:
    """How many rows a selection has."""
    return int(select(file, f"select count(*) as rows from ({rows.sql})", rows.parameters).item())


def page_of_rows(file: str, rows: Rows, *, limit: int, offset: int) -> pl.DataFrame:
    """One page of a selection, in its own order."""
    bounds = (("limit", limit), ("offset", offset))
    return select(file, f"{rows.sql} limit $limit offset $offset", rows.parameters + bounds)


def all_rows(file: str, rows: Rows) -> pl.DataFrame:
    """A whole selection that is known to be short."""
    return select(file, rows.sql, rows.parameters)


def all_rows_as_csv(file: str, rows: Rows) -> bytes:
    """A whole selection as CSV with a header; large, so made on demand and not cached."""
    return fetch(file, rows.sql, dict(rows.parameters)).write_csv().encode()
