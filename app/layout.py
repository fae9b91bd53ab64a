"""The frame that pages share: headers, tiles, empty states, what a snapshot lacks, the looks of charts.

Belongs here: arrangements that more than one page uses. Does not belong here: SQL, tables (``app.tables``), what a page
is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Literal

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.grid_container import GridContainer

from app import address, definitions, filters, formatting
from app.charts import PICKED, Composed, Drawing, with_words
from app.queries import overview, snapshot
from app.view import SnapshotView

SLICING = (
    *("revenue.fct_mrr_movements_by_dimension", "revenue.fct_mrr_movements_by_combination"),
    "retention.dim_customer_cohorts",
)
# Two stand side by side on a telephone, five on a small desk.
_TILE_PIXELS = 165


def page_header(view: SnapshotView, title: str, question: str, *, not_cut: str | None = None) -> None:
    """The title of a page, the question it answers, and as of when it does.

    ``not_cut`` is why a page whose numbers are all of everybody does not follow the filters; the parts of other pages
    say it each for itself.
    """
    st.title(title, anchor=False)
    st.caption(question)
    with st.container(horizontal=True, gap="small"):
        st.badge(f"As of {formatting.instant(view.as_of)}", icon=":material/schedule:", help=definitions.AS_OF)
        st.badge(f"Money in {view.currency}", icon=":material/payments:", color="gray")
        st.badge(_freshest(view), icon=":material/update:", color="gray", help=definitions.FRESHNESS)
        caution = overview.caution(view.file, view.currency)
        if caution:
            st.badge("Newest churn incomplete", icon=":material/hourglass_top:", color="orange", help=caution)
        if not view.is_current:
            st.badge("Not the current snapshot", icon=":material/history:", color="orange")
    if not_cut is not None:
        filters.say(not_cut)


def _freshest(view: SnapshotView) -> str:
    newest = snapshot.freshness(view.file)["last_recorded_at"].max()
    return f"Newest record {formatting.instant(newest)}" if newest else "No records"  # type: ignore[arg-type]


def section(title: str, explanation: str | None = None) -> None:
    """A heading with the definition of what follows on hover."""
    st.subheader(title, anchor=False, help=explanation)


def tiles(number: int) -> GridContainer:
    """A place for so many tiles in rows that are full, and as many to a row as fit on a narrow screen."""
    a_row = next((each for each in (4, 3, 5) if number % each == 0), 4)
    return st.grid(a_row, min_column_width=_TILE_PIXELS)


def tile(
    place: GridContainer | DeltaGenerator,
    label: str,
    value: str,
    note: str | None = None,
    *,
    about: str | None = None,
    change: formatting.Number | None = None,
    colour: Literal["normal", "inverse", "off"] = "normal",
    since: str | None = None,
) -> None:
    """A number in a frame as high as those beside it; ``note`` stands below it, ``about`` appears on hover.

    Where ``change`` says by how much it is another, the note has an arrow, green for a rise unless ``colour`` differs,
    and ``since`` behind it.
    """
    place.metric(
        label,
        value,
        note,
        delta_color=colour if change else "off",
        delta_arrow="auto" if change else "off",
        delta_description=since,
        help=about,
        border=True,
        height="stretch",
    )


def empty_state(title: str, remedy: str, icon: str = ":material/inbox:") -> None:
    """What stands in for something that is not there: what is missing and what brings it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"{icon} **{title}**", text_alignment="center")
        st.caption(remedy, text_alignment="center")


def no_rows(view: SnapshotView, title: str, otherwise: str, *feeds: str) -> None:
    """An empty state of what feeds bring: where none of these ever came, that is said, with the command that brings it.

    ``otherwise`` is why there is nothing though one came.
    """
    known = snapshot.freshness(view.file).filter(pl.col("known_rows") > 0)["feed"].to_list()
    if feeds and not set(feeds).intersection(known):
        otherwise = f"The feed {' or '.join(feeds)} never came: run churniq ingest PATH, then churniq build."
    empty_state(title, otherwise)


def choose_part(parts: Mapping[str, str], key: str) -> str:
    """Which part of a page the reader wants, by its name; only that part is run. ``parts`` has titles by name."""
    part: str = address.segments(
        "Show", list(parts), key=key, format_func=parts.__getitem__, label_visibility="collapsed"
    )
    return part


def choose_month(months: pl.DataFrame, *, label: str = "Month", key: str = "month") -> date:
    """A month, the same on every page: the newest one that is over unless the reader chooses.

    ``months`` has month and whether it is_complete; one that is not over says so.
    """
    options: list[date] = months["month"].unique().sort(descending=True).to_list()
    complete = set(months.filter("is_complete")["month"].to_list())
    month: date = address.choose(
        label,
        options,
        key=key,
        default=next((each for each in options if each in complete), options[0]),
        format_func=lambda each: formatting.month(each) + ("" if each in complete else " (so far)"),
        help="A calendar month of the report time zone. The newest that is over is chosen at first.",
        width=220,
    )
    return month


def calendar(view: SnapshotView, months: Sequence[date]) -> pl.DataFrame:
    """Months with whether they are over by the day of the as-of instant in the report time zone: month, is_complete."""
    current = view.as_of_date.replace(day=1)
    return pl.DataFrame({"month": list(months), "is_complete": [month < current for month in months]})


def lacks(view: SnapshotView, *tables: str) -> bool:
    """Whether the snapshot was built before one of these existed (schema.table, or a column of it); if so, say it."""
    missing = _missing(view, tables)
    if missing:
        empty_state("Not in this snapshot", f"It was built before {missing[0]} existed: run churniq build.")
    return bool(missing)


def has(view: SnapshotView, *tables: str) -> bool:
    """Whether the snapshot has all of these (schema.table, or a column of it), without a word on it."""
    return not _missing(view, tables)


def _missing(view: SnapshotView, tables: Sequence[str]) -> list[str]:
    known = snapshot.tables(view.file)
    if any(name.count(".") > 1 for name in tables):
        known |= snapshot.columns(view.file)
    return [name for name in tables if name not in known]


def tables_of(view: SnapshotView) -> frozenset[str]:
    """The public tables that the snapshot has, as schema.table."""
    return snapshot.tables(view.file)


def can_slice(view: SnapshotView) -> bool:
    """Whether the snapshot has the tables by which metrics are cut and narrowed."""
    return tables_of(view) >= set(SLICING)


def chart(
    drawing: Drawing | Composed,
    *,
    key: str | None = None,
    alt: str | None = None,
    on_select: Literal["ignore", "rerun"] | Callable[[], None] = "ignore",
    instead_of: str | None = None,
) -> Any:
    """A chart in the looks of all charts, with its text for who does not see it; what was clicked, if that is asked.

    ``instead_of`` is the key of a list beside it: a click takes back what was chosen there, so that the newest holds.
    """
    if isinstance(drawing, Composed):
        drawing, besides = drawing.composed()
        alt = f"{alt or 'A chart over time'}. {besides}" if besides else alt
    drawn: Any = _Drawn(with_words(drawing))
    asked = partial(_choose_nothing, instead_of) if instead_of else on_select
    return st.altair_chart(drawn, key=key, alt=alt, on_select=asked)


def _choose_nothing(key: str) -> None:
    st.session_state[key] = None


class _Drawn:
    """A chart as it is sent: not validated here, which would take as long as drawing it."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    def to_dict(self) -> dict[str, Any]:
        """The chart in Vega-Lite's form."""
        drawn: dict[str, Any] = self._drawing.to_dict(validate=False)
        return drawn


def picked(event: Any) -> dict[str, Any]:
    """What was clicked on a chart, by column; empty where nothing is."""
    points = event.selection.get(PICKED, []) if event else []
    return dict(points[0]) if points else {}


def sources(*tables: str) -> None:
    """Links to the glossary's entries of the marts (schema.table) that the numbers above are read from."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for table in tables:
            st.page_link(
                "app_pages/trust.py",
                label=table,
                icon=":material/menu_book:",
                help="What this table and its columns mean.",
                query_params={"trust_part": "glossary", "glossary_of": "tables", "search": table},
                width="content",
            )
