"""Whether the data can be trusted: freshness of feeds, accounting of files, rejected rows, anomalies.

Belongs here: the schema ``ops``. Does not belong here: business numbers.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import definitions, formatting, layout
from app.queries import snapshot
from app.queries.rows import all_rows, number_of_rows
from app.view import View, current_view

_PARTS = {
    "files": ("Files", "Rows read = rows loaded + duplicates + quarantined, for every file."),
    "quarantine": ("Quarantined rows", definitions.QUARANTINE),
    "anomalies": ("Anomalies", definitions.ANOMALIES),
}


def _freshness(view: View) -> None:
    layout.section("Freshness by feed", definitions.FRESHNESS)
    feeds = snapshot.freshness(view.file)
    quiet = pl.Series("quiet_for", [formatting.span(value) for value in feeds["quiet_for"]])
    shown = feeds.with_columns(quiet, pl.Series("feed", [formatting.words(feed) for feed in feeds["feed"]]))
    layout.show_table(view, shown)


def _parts(view: View) -> None:
    rows = {
        "files": snapshot.ingested_files(),
        "quarantine": snapshot.quarantined_rows(),
        "anomalies": snapshot.anomalies(),
    }
    counts = {name: number_of_rows(view.file, selection) for name, selection in rows.items()}
    chosen = st.segmented_control(
        "Show",
        list(_PARTS),
        default="files",
        required=True,
        format_func=lambda name: f"{_PARTS[name][0]} ({counts[name]:,d})",
        key="part",
        label_visibility="collapsed",
    )
    name = chosen or "files"
    st.caption(_PARTS[name][1])
    if name == "quarantine" and counts[name]:
        reasons = snapshot.quarantine_reasons(view.file)
        layout.show_table(view, reasons)
    browse = layout.browse_customers if name == "anomalies" else layout.browse
    browse(view, rows[name], name=name, empty="Nothing was rejected." if name != "files" else "No file was ingested.")


def _accounting(view: View) -> None:
    files = all_rows(view.file, snapshot.file_totals()).row(0, named=True)
    columns = st.columns(4)
    for column, field, label in zip(
        columns,
        ("rows_read", "rows_loaded", "rows_duplicate", "rows_quarantined"),
        ("Rows read", "Loaded", "Duplicates", "Quarantined"),
        strict=True,
    ):
        column.metric(label, formatting.count(files[field]), help=_PARTS["files"][1], border=True)


view = current_view()
layout.page_header(view, "Data health", "How fresh and how complete is what the numbers are made of?")
_accounting(view)
_freshness(view)
_parts(view)
