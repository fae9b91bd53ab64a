"""The glossary: what every metric, table and column means.

Belongs here: the descriptions that travel with the snapshot and those of the semantic layer, searched. Does not belong
here: the numbers themselves.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, formatting, layout, tables
from app.queries import glossary
from app.view import SnapshotView
from pipelines.readings.metrics import Metric, dimensions_of, formula_of, metrics

# More entries than this are a list to look one up in.
_OPEN = 3
_KINDS = {"metrics": "Metrics", "tables": "Tables and columns"}


def _about(rows: pl.DataFrame) -> str:
    """What a table says of itself."""
    about = rows.filter(pl.col("column_name").is_null())["description"].drop_nulls().to_list()
    return str(about[0]) if about else "This table has no description."


def _entry(table: str, rows: pl.DataFrame) -> None:
    with st.container(border=True):
        st.markdown(f":material/table_chart: **{table}**")
        st.markdown(formatting.plain(_about(rows)))
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
    looked_up = found
    if len(found) > _OPEN:
        labels = {each.name: each.label for each in found}
        name = address.choose(
            "Look one up", list(labels), key="metric_looked_up", format_func=labels.__getitem__,
            placeholder="Formula, dimensions, what other definitions make of it",
        )  # fmt: skip
        looked_up = [each for each in found if each.name == name]
    for metric in looked_up:
        _metric(view, metric, variants.filter(pl.col("metric") == metric.name))
    if len(found) > _OPEN:
        rows = [{"Metric": each.label, "What it is": each.description, "Owner": each.owner} for each in found]
        _list(pl.DataFrame(rows))


def _list(frame: pl.DataFrame) -> None:
    """All that was found, a row each, with the words in full."""
    st.dataframe(frame, hide_index=True, row_height=56, height=560, column_config={"What it is": {"width": "large"}})


def _metric(view: SnapshotView, metric: Metric, variants: pl.DataFrame) -> None:
    with st.container(border=True):
        st.markdown(f":material/function: **{formatting.plain(metric.label)}**")
        st.markdown(f"{formatting.plain(metric.description)} Owner: {formatting.plain(metric.owner)}.")
        st.code(f"{metric.name} = {formula_of(metric)}", language=None, wrap_lines=True)
        can = ", ".join(sorted(dimensions_of(metric)))
        st.caption(f"Can be cut by {can or 'nothing'}.")
        if not variants.is_empty():
            month = formatting.month(variants["month"][0])
            st.caption(f"An example: {month}, and what other definitions make of it.")
            tables.show_table(view, glossary.as_example(variants, is_money=metric.is_money))
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
    entries = {str(table): rows for (table,), rows in parts.items()}
    looked_up = list(entries)
    if len(entries) > _OPEN:
        name = address.choose(
            "Look one up", list(entries), key="table_looked_up", placeholder="Its columns, with what each means"
        )
        looked_up = [name] if name else []
    for table in looked_up:
        _entry(table, entries[table])
    if len(entries) > _OPEN:
        _list(pl.DataFrame([{"Table": table, "What it is": _about(rows)} for table, rows in entries.items()]))
