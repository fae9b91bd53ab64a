"""Whether the data can be trusted: accounting of files, health of feeds, rejected rows, events out of order.

Belongs here: the schema ``ops``. Does not belong here: business numbers.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import charts_of_feeds, definitions, feed_words, formatting, layout, tables
from app.queries import ingest, snapshot
from app.queries.rows import all_rows, number_of_rows
from app.view import SnapshotView, current_view

_PARTS = {
    "files": ("Files", "Rows read = rows loaded + duplicates + quarantined, for every file."),
    "quarantine": ("Quarantined rows", definitions.QUARANTINE + " Of a row only the shape is shown."),
    "anomalies": ("Events out of order", definitions.ANOMALIES),
}
_CHARTED_DAYS = 90


def _accounting(view: SnapshotView) -> None:
    files = all_rows(view.file, snapshot.file_totals()).row(0, named=True)
    tiles = layout.tiles(4)
    for field, label in zip(
        ("rows_read", "rows_loaded", "rows_duplicate", "rows_quarantined"),
        ("Rows read", "Loaded", "Duplicates", "Quarantined"),
        strict=True,
    ):
        layout.tile(tiles, label, formatting.count(files[field]), about=_PARTS["files"][1])


@st.fragment
def _accounting_by_day(view: SnapshotView) -> None:
    layout.section("Accounting by feed and day", definitions.ACCOUNTING)
    feeds = ingest.accounted_feeds(view.file)
    if not feeds:
        layout.empty_state("No files", "None was ingested: run churniq ingest PATH, then churniq build.")
        return
    left, right = st.columns(2, vertical_alignment="bottom")
    feed = left.selectbox(
        "Feed", feeds, index=None, placeholder="All feeds", format_func=formatting.words, key="accounting-feed"
    )
    is_rest = right.toggle("Only rows that were not loaded", key="accounting-rest")
    outcomes = ingest.outcomes_by_day(view.file, feed, _CHARTED_DAYS)
    if is_rest:
        outcomes = outcomes.filter(pl.col("outcome") != "loaded")
    layout.chart(charts_of_feeds.outcomes_by_day(outcomes))
    tables.browse(view, ingest.accounting(feed), name="accounting", empty="No file was ingested.", page_size=10)


def _freshness(view: SnapshotView) -> None:
    layout.section("Freshness by feed", definitions.FRESHNESS)
    feeds = snapshot.freshness(view.file)
    quiet = pl.Series("quiet_for", [formatting.span(value) for value in feeds["quiet_for"]])
    shown = feeds.with_columns(quiet, pl.Series("feed", [formatting.words(feed) for feed in feeds["feed"]]))
    tables.show_table(view, shown)


def _feed_health(view: SnapshotView) -> None:
    layout.section("Health of the feeds", "Everything is judged at the as-of instant, never by today's clock.")
    feeds = ingest.feed_health(view.file).to_dicts()
    concerns = [sentence for feed in feeds for sentence in feed_words.concerns(feed)]
    if concerns:
        st.warning("\n".join(f"- {sentence}" for sentence in concerns), icon=":material/warning:")
    elif any(feed["known_rows"] for feed in feeds):
        st.success(
            "No feed is late, missed one of the last seven days or changed in volume or mix.", icon=":material/check:"
        )
    tables.small_table(view, pl.DataFrame([feed_words.line(feed) for feed in feeds]), name="feed-health")
    with st.expander("How feeds are judged"):
        st.markdown("\n".join(f"- **{name}**: {rule}" for name, rule in definitions.FEED_HEALTH.items()))
    dated = [feed for feed in feeds if feed["hours_since_last_row"] is not None]
    _volumes(view, [feed["feed"] for feed in sorted(dated, key=lambda feed: feed["hours_since_last_row"])])


@st.fragment
def _volumes(view: SnapshotView, feeds: list[str]) -> None:
    if not feeds:
        return
    feed = st.selectbox("Rows by day of", feeds, format_func=formatting.words, key="volume-feed")
    rows = ingest.volumes(view.file, feed, _CHARTED_DAYS)
    if rows.is_empty():
        layout.empty_state("No rows", f"None was recorded in the {_CHARTED_DAYS} days before the as-of instant.")
    else:
        layout.chart(charts_of_feeds.volume_by_day(rows, until=view.as_of.date()))


def _parts(view: SnapshotView, known: frozenset[str]) -> None:
    has_kinds = "ops.order_anomalies" in known
    rows = {
        "files": snapshot.ingested_files(),
        "quarantine": snapshot.quarantined_rows(),
        "anomalies": ingest.order_anomalies() if has_kinds else snapshot.anomalies(),
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
        if "ops.quarantine_reasons" in known:
            tables.small_table(view, all_rows(view.file, ingest.reasons()), name="reasons")
        else:
            tables.show_table(view, snapshot.quarantine_reasons(view.file))
    if name == "anomalies" and has_kinds:
        st.caption(definitions.ANOMALY_KINDS)
    browse = tables.browse_customers if name == "anomalies" else tables.browse
    browse(view, rows[name], name=name, empty="Nothing was rejected." if name != "files" else "No file was ingested.")


view = current_view()
layout.page_header(
    view,
    "Data health",
    "How fresh and how complete is what the numbers are made of?",
    not_cut="feeds and checks are of everybody",
)
# Snapshots of before these tables were made are still read.
published = snapshot.tables(view.file)
_accounting(view)
if "ops.feed_health" in published:
    _feed_health(view)
else:
    _freshness(view)
if "ops.ingest_daily" in published:
    _accounting_by_day(view)
_parts(view, published)
