"""Tables as pages show them: whole or a page at a time, with a download and a way to the customer of a row.

Belongs here: showing rows. Does not belong here: how columns look (``app.columns``), which rows (``app.queries``).
"""

from __future__ import annotations

from functools import partial
from typing import Literal

import polars as pl
import streamlit as st

from app import filters, formatting, layout
from app.columns import OFFER_COLUMNS, column_config, displayed, title
from app.queries import choices, glossary
from app.queries.rows import Rows, all_rows, all_rows_as_csv, number_of_rows, page_of_rows
from app.view import SnapshotView
from pipelines.spreadsheets import csv_to_open

PAGE_SIZE = 20
ATTRIBUTES = "activation.dim_customer_attributes"
# As many rows are sent to the browser, which then sorts all of them.
_WHOLE_TABLE_ROWS = 5000
_ROW_PIXELS = 35


def browse(
    view: SnapshotView,
    rows: Rows,
    *,
    name: str,
    empty: str,
    feeds: tuple[str, ...] = (),
    page_size: int = PAGE_SIZE,
    is_narrowed: bool = False,
) -> str | None:
    """A table of any size with its download; the customer of the selected row, if any.

    Rows of customers are narrowed by the filters above the page, unless they are already.

    A table that fits is whole, so that a click on a column's title sorts all of it; a larger one is read a page at a
    time, sorted as a whole by the column that is chosen above it. ``name`` names the widgets and the downloaded file;
    ``empty`` is said when there are no rows though one of ``feeds``, which bring them, came.
    """
    if not is_narrowed:
        rows = narrowed_by_now(view, rows)
    total = number_of_rows(view.file, rows)
    if total == 0:
        layout.no_rows(view, "No rows", empty, *feeds)
        return None
    # At the left, since the tools of a table appear above its right corner.
    with st.container(horizontal=True, vertical_alignment="bottom"):
        download(view, rows, name=name)
        place = st.container(width="content")
    if total <= _WHOLE_TABLE_ROWS:
        frame, number = all_rows(view.file, rows), 1
        place.caption(formatting.plural(total, "row"))
        return _selectable(view, frame, name=f"{name}-table-{hash(rows)}", height=_table_height(frame, page_size))
    with place:
        ordered = _ordered(view, rows, name)
    table = st.container()
    number = st.pagination(-(-total // page_size), key=f"{name}-page-{hash(ordered)}")
    offset = (number - 1) * page_size
    frame = page_of_rows(view.file, ordered, limit=page_size, offset=offset)
    with table:
        selected = _selectable(view, frame, name=f"{name}-table-{hash(ordered)}-{number}", height="content")
        st.caption(f"Rows {offset + 1:,d} to {offset + frame.height:,d} of {total:,d}")
    return selected


def narrowed_by_now(view: SnapshotView, rows: Rows) -> Rows:
    """The rows of the people whom the filters mean by what they have now, and a word on it."""
    chosen = filters.current_filters()
    if not chosen.narrows or "customer_id" not in page_of_rows(view.file, rows, limit=1, offset=0).columns:
        return rows
    if ATTRIBUTES not in layout.tables_of(view):
        st.caption("Not filtered: the snapshot was built before customers had attributes.")
        return rows
    members = choices.members_of(view.file, chosen.segment) if chosen.segment else None
    st.caption(f"Filtered to customers who now have: {', '.join(chosen.words())}.")
    return rows.narrowed(chosen.where, members)


def _ordered(view: SnapshotView, rows: Rows, name: str) -> Rows:
    """The rows sorted as a whole by what the reader chooses; as they come while nothing is chosen."""
    columns = page_of_rows(view.file, rows, limit=1, offset=0).columns
    with st.container(horizontal=True, vertical_alignment="bottom"):
        column = st.selectbox(
            "Sort all rows by",
            columns,
            index=None,
            placeholder="As listed",
            format_func=title,
            key=f"{name}-sort",
            width=220,
        )
        descending = st.segmented_control(
            "Order",
            [True, False],
            default=True,
            required=True,
            format_func=lambda is_descending: "Highest first" if is_descending else "Lowest first",
            key=f"{name}-order",
            label_visibility="collapsed",
        )
    return rows.sorted_by(column, descending=bool(descending)) if column else rows


def _table_height(frame: pl.DataFrame, page_size: int) -> int | Literal["content"]:
    return "content" if frame.height <= page_size else _ROW_PIXELS * (page_size + 1)


def _selectable(view: SnapshotView, frame: pl.DataFrame, *, name: str, height: int | Literal["content"]) -> str | None:
    """A table whose rows can be selected where they are of customers; the customer of the selected one."""
    shown, looks = displayed(_titled(view, frame)), column_config(frame, view.currency, _about(view, frame))
    if "customer_id" not in frame.columns:
        st.dataframe(shown, hide_index=True, height=height, placeholder=formatting.NOTHING, column_config=looks)
        return None
    event = st.dataframe(
        shown,
        hide_index=True,
        height=height,
        placeholder=formatting.NOTHING,
        column_config=looks,
        on_select="rerun",
        selection_mode="single-row",
        key=name,
    )
    selected = event.selection.rows
    customer_id = frame["customer_id"][selected[0]] if selected and selected[0] < frame.height else None
    # Of a visitor no customer may be known.
    return None if customer_id is None else str(customer_id)


def browse_customers(
    view: SnapshotView, rows: Rows, *, name: str, empty: str, page_size: int = PAGE_SIZE, is_narrowed: bool = False
) -> None:
    """``browse``, with a way from the selected row to everything that is known of its customer."""
    customer_id = browse(view, rows, name=name, empty=empty, page_size=page_size, is_narrowed=is_narrowed)
    if customer_id is not None:
        st.page_link(
            "app_pages/customer.py",
            label=f"Trace customer {formatting.verbatim(customer_id)}",
            icon=":material/arrow_forward:",
            query_params={"customer_id": customer_id},
        )
    elif number_of_rows(view.file, rows):
        st.caption("Select a row to trace its customer.")


def show_table(view: SnapshotView, frame: pl.DataFrame, *, table: str | None = None) -> None:
    """A few rows, in the looks of all tables; ``table`` (schema.table) is the mart whose words appear on hover."""
    if frame.is_empty():
        st.caption("None.")
        return
    about = _about(view, frame) | (glossary.column_descriptions(view.file, table) if table else {})
    st.dataframe(
        displayed(_titled(view, frame)),
        hide_index=True,
        height="content" if frame.height <= PAGE_SIZE else "auto",
        placeholder=formatting.NOTHING,
        column_config=column_config(frame, view.currency, about),
    )


def _about(view: SnapshotView, frame: pl.DataFrame) -> dict[str, str]:
    """What each column means, as the models say it; of a name that tables use differently nothing."""
    known = glossary.descriptions(view.file)
    return {name: known[name] for name in frame.columns if name in known}


def _titled(view: SnapshotView, frame: pl.DataFrame) -> pl.DataFrame:
    """Offers by their titles, where they have one of their own, and in words where there is none.

    A table of offers has titles in a column of their own, beside the ids.
    """
    columns = [name for name in frame.columns if name in OFFER_COLUMNS and frame.schema[name] == pl.String]
    if not columns or "title" in frame.columns:
        return frame
    return frame.with_columns(pl.col(columns).replace(choices.words(view.file, "offer", ())))


def small_table(view: SnapshotView, frame: pl.DataFrame, *, name: str, table: str | None = None) -> None:
    """A table short enough to show whole, with its download; ``table`` as in ``show_table``."""
    st.download_button(
        "Download CSV",
        data=partial(csv_to_open, frame),
        file_name=_file_name(view, name),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{name}-download",
    )
    show_table(view, frame, table=table)


def download(view: SnapshotView, rows: Rows, *, name: str) -> None:
    """A button that makes and downloads all rows of a selection, not only the page on screen."""
    st.download_button(
        "Download CSV",
        data=partial(all_rows_as_csv, view.file, rows),
        file_name=_file_name(view, name),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"{name}-download",
    )


def _file_name(view: SnapshotView, name: str) -> str:
    return f"churniq-{name}-{view.as_of:%Y%m%dT%H%M%S}.csv"
