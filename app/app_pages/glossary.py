"""What every published table and column means, as the models that make them say it.

Belongs here: the descriptions that travel with the snapshot, searched. Does not belong here: the numbers themselves.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, formatting, layout
from app.queries import glossary
from app.view import current_view

# More tables than this are listed closed: a reader of many looks for one.
_OPEN = 3


def _entry(table: str, rows: pl.DataFrame, *, is_open: bool) -> None:
    with st.expander(f"**{table}**", icon=":material/table_chart:", expanded=is_open):
        about = rows.filter(pl.col("column_name").is_null())["description"].drop_nulls().to_list()
        st.markdown(formatting.plain(about[0]) if about else "This table has no description.")
        columns = rows.filter(pl.col("column_name").is_not_null()).select("column_name", "data_type", "description")
        st.markdown(
            "\n".join(
                f"- {formatting.verbatim(name)} {formatting.plain(kind or '')}: {formatting.plain(words or '')}"
                for name, kind, words in columns.iter_rows()
            )
        )


view = current_view()
layout.page_header(view, "Glossary", "What does each table and column mean: grain, meaning, unit and source?")
search = address.search("Search in names and descriptions", key="search")
if glossary.entries(view.file, "").is_empty():
    layout.empty_state(
        "No descriptions in this snapshot", "They are written when a snapshot is built: run churniq build."
    )
else:
    found = glossary.entries(view.file, search)
    parts = found.partition_by("table_name", maintain_order=True, as_dict=True)
    if not parts:
        layout.empty_state("Nothing found", "Search for another word.", icon=":material/search_off:")
    else:
        listed = found["column_name"].drop_nulls().len()
        st.caption(f"{formatting.plural(len(parts), 'table')}, {formatting.plural(listed, 'column')}")
        for (table,), rows in parts.items():
            _entry(str(table), rows, is_open=len(parts) <= _OPEN)
