"""Running a query on a snapshot, paging through its rows and downloading them.

Belongs here: caching, paging, CSV. Does not belong here: what is asked (the other modules of ``app.queries``).
Every result is cached under the snapshot's file, which is never rewritten; ``file`` is that path in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from app.connection import Value, fetch
from pipelines.spreadsheets import csv_to_open

# The columns of the attributes of customers, where they are not called as the dimension is.
_ATTRIBUTES = {"offer": "offer_id", "interval": "billing_interval"}


def attribute_of(dimension: str) -> str:
    """The attribute of customers that has the values of a dimension."""
    return _ATTRIBUTES.get(dimension, dimension)


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

    def narrowed(self, where: tuple[tuple[str, tuple[str, ...]], ...], members: tuple[str, ...] | None) -> Rows:
        """The rows of customers with these values, and of these ids if given, in the same order.

        A customer has a value now, as the attributes that segments ask about say.
        """
        conditions, parameters = [], list(self.parameters)
        for dimension, values in where:
            places = [f"narrow_{dimension}_{number}" for number in range(len(values))]
            column = attribute_of(dimension)
            conditions.append(f"{column} in ({', '.join(f'${place}' for place in places)})")
            parameters += zip(places, values, strict=True)
        kept = []
        if conditions:
            among = f"select customer_id from activation.dim_customer_attributes where {' and '.join(conditions)}"
            kept.append(f"customer_id in ({among})")
        if members is not None:
            kept.append("customer_id in (select unnest($narrow_members))")
            parameters.append(("narrow_members", members))
        if not kept:
            return self
        return Rows(
            f"select * exclude (listed_place) from (select *, row_number() over () as listed_place from ({self.sql})) "
            f"where {' and '.join(kept)} order by listed_place",
            tuple(parameters),
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
    return csv_to_open(fetch(file, rows.sql, dict(rows.parameters)))
