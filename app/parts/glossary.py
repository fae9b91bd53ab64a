"""The glossary: what every metric, table and column means.

Belongs here: the descriptions that travel with the snapshot and those of the semantic layer, searched. Does not belong
here: the numbers themselves.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, formatting, layout
from app.queries import glossary
from app.view import SnapshotView
from pipelines.readings.metrics import Metric, dimensions_of, formula_of, metrics

# More tables than this are listed closed: a reader of many looks for one.
_OPEN = 3
_KINDS = {"metrics": "Metrics", "tables": "Tables and columns"}


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


def show(view: SnapshotView) -> None:
    """Metrics, or tables with their columns, in which a word occurs."""
    kind = address.segments(
        "Of", list(_KINDS), key="glossary_of", format_func=_KINDS.__getitem__, label_visibility="collapsed",
        default="tables" if st.query_params.get("search", "").count(".") == 1 else "metrics",
    )  # fmt: skip
    search = address.search("Search in names and descriptions", key="search")
    if kind == "metrics":
        _metrics(view, search)
    else:
        _tables(view, search)


def _metrics(view: SnapshotView, search: str) -> None:
    variants = glossary.variants(view.file)
    found = [
        metric
        for metric in metrics().values()
        if search.lower() in f"{metric.name} {metric.label} {metric.description}".lower()
    ]
    if not found:
        layout.empty_state("Nothing found", "Search for another word.", icon=":material/search_off:")
        return
    st.caption(f"{formatting.plural(len(found), 'metric')}, the same on pages and for `churniq metric`")
    for metric in found:
        _metric(view, metric, variants.filter(pl.col("metric") == metric.name), is_open=len(found) <= _OPEN)


def _metric(view: SnapshotView, metric: Metric, variants: pl.DataFrame, *, is_open: bool) -> None:
    with st.expander(f"**{formatting.plain(metric.label)}**", icon=":material/function:", expanded=is_open):
        st.markdown(f"{formatting.plain(metric.description)} Owner: {formatting.plain(metric.owner)}.")
        st.code(f"{metric.name} = {formula_of(metric)}", language=None, wrap_lines=True)
        can = ", ".join(sorted(dimensions_of(metric)))
        st.caption(f"Can be cut by {can or 'nothing'}.")
        if not variants.is_empty():
            month = formatting.month(variants["month"][0])
            st.caption(f"An example: {month}, and what other definitions make of it.")
            layout.show_table(view, glossary.as_example(variants, is_money=metric.is_money))
        st.page_link(
            "app_pages/explore.py", label="Explore it", icon=":material/arrow_forward:",
            query_params={"metric": metric.name},
        )  # fmt: skip


def _tables(view: SnapshotView, search: str) -> None:
    if glossary.entries(view.file, "").is_empty():
        layout.empty_state(
            "No descriptions in this snapshot", "They are written when a snapshot is built: run churniq build."
        )
        return
    found = glossary.entries(view.file, search)
    parts = found.partition_by("table_name", maintain_order=True, as_dict=True)
    if not parts:
        layout.empty_state("Nothing found", "Search for another word.", icon=":material/search_off:")
        return
    listed = found["column_name"].drop_nulls().len()
    st.caption(f"{formatting.plural(len(parts), 'table')}, {formatting.plural(listed, 'column')}")
    for (table,), rows in parts.items():
        _entry(str(table), rows, is_open=len(parts) <= _OPEN)
