"""The frame that pages share: headers, empty states, tables with paging and download.

Belongs here: arrangements that more than one page uses. Does not belong here: SQL, charts, what a page is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

import polars as pl
import streamlit as st

from app import definitions, formatting
from app.columns import column_config, displayed, title
from app.queries import glossary, snapshot
from app.queries.rows import Rows, all_rows, all_rows_as_csv, number_of_rows, page_of_rows
from app.view import View

PAGE_SIZE = 20
# As many rows are sent to the browser, which then sorts all of them.
_WHOLE_TABLE_ROWS = 5000
_ROW_PIXELS = 35


def page_header(view: View, title: str, question: str) -> None:
    """The title of a page, the question it answers, and as of when it does."""
    st.title(title, anchor=False)
    st.caption(question)
    with st.container(horizontal=True, gap="small"):
        st.badge(f"As of {formatting.instant(view.as_of)}", icon=":material/schedule:", help=definitions.AS_OF)
        st.badge(f"Money in {view.currency}", icon=":material/payments:", color="gray")
        st.badge(_freshest(view), icon=":material/update:", color="gray", help=definitions.FRESHNESS)
        if not view.is_current:
            st.badge("Not the current snapshot", icon=":material/history:", color="orange")


def _freshest(view: View) -> str:
    newest = snapshot.freshness(view.file)["last_recorded_at"].max()
    return f"Newest record {formatting.instant(newest)}" if newest else "No records"  # type: ignore[arg-type]


def section(title: str, explanation: str | None = None) -> None:
    """A heading with the definition of what follows on hover."""
    st.subheader(title, anchor=False, help=explanation)


def empty_state(title: str, remedy: str, icon: str = ":material/inbox:") -> None:
    """What stands in for something that is not there: what is missing and what brings it."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"{icon} **{title}**", text_alignment="center")
        st.caption(remedy, text_alignment="center")


def choose_part(parts: Mapping[str, str], key: str) -> str:
    """Which part of a page the reader wants, by its name; only that part is run. ``parts`` has titles by name."""
    return st.segmented_control(
        "Show",
        list(parts),
        default=next(iter(parts)),
        required=True,
        format_func=lambda name: parts[name],
        key=key,
        bind="query-params",
        label_visibility="collapsed",
    ) or next(iter(parts))


def lacks(view: View, *tables: str) -> bool:
    """Whether the snapshot was built before one of these tables (schema.table) existed; if so, say it."""
    missing = [table for table in tables if table not in snapshot.tables(view.file)]
    if missing:
        empty_state("Not in this snapshot", f"It was built before {missing[0]} existed: run churniq build.")
    return bool(missing)


def sources(*tables: str) -> None:
    """Links to the glossary's entries of the marts (schema.table) that the numbers above are read from."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for table in tables:
            st.page_link(
                "app_pages/glossary.py",
                label=table,
                icon=":material/menu_book:",
                help="What this table and its columns mean.",
                query_params={"search": table},
                width="content",
            )


def browse(view: View, rows: Rows, *, name: str, empty: str, page_size: int = PAGE_SIZE) -> str | None:
    """A table of any size with its download; the customer of the selected row, if any.

    A table that fits is whole, so that a click on a column's title sorts all of it; a larger one is read a page at a
    time, sorted as a whole by the column that is chosen above it. ``name`` names the widgets and the downloaded file;
    ``empty`` is said when there are no rows.
    """
    total = number_of_rows(view.file, rows)
    if total == 0:
        empty_state("No rows", empty, icon=":material/search_off:")
        return None
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        place = st.container(width="content")
        download(view, rows, name=name)
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


def _ordered(view: View, rows: Rows, name: str) -> Rows:
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


def _selectable(view: View, frame: pl.DataFrame, *, name: str, height: int | Literal["content"]) -> str | None:
    """A table whose rows can be selected where they are of customers; the customer of the selected one."""
    shown, looks = displayed(frame), column_config(frame, view.currency)
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
    return str(frame["customer_id"][selected[0]]) if selected and selected[0] < frame.height else None


def browse_customers(view: View, rows: Rows, *, name: str, empty: str, page_size: int = PAGE_SIZE) -> None:
    """``browse``, with a way from the selected row to everything that is known of its customer."""
    customer_id = browse(view, rows, name=name, empty=empty, page_size=page_size)
    if customer_id is not None:
        st.page_link(
            "app_pages/customer.py",
            label=f"Trace customer {formatting.verbatim(customer_id)}",
            icon=":material/arrow_forward:",
            query_params={"customer_id": customer_id},
        )
    elif number_of_rows(view.file, rows):
        st.caption("Select a row to trace its customer.")


def show_table(view: View, frame: pl.DataFrame, *, table: str | None = None) -> None:
    """A few rows, in the looks of all tables; ``table`` (schema.table) is the mart whose words appear on hover."""
    about = glossary.column_descriptions(view.file, table) if table else {}
    st.dataframe(
        displayed(frame),
        hide_index=True,
        height="content" if frame.height <= PAGE_SIZE else "auto",
        placeholder=formatting.NOTHING,
        column_config=column_config(frame, view.currency, about),
    )


def small_table(view: View, frame: pl.DataFrame, *, name: str, table: str | None = None) -> None:
    """A table short enough to show whole, with its download; ``table`` as in ``show_table``."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.download_button(
            "Download CSV",
            data=frame.write_csv(),
            file_name=_file_name(view, name),
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{name}-download",
        )
    show_table(view, frame, table=table)


def download(
    view: View, rows: Rows, *, name: str, label: str = "Download CSV", is_primary: bool = False, help_text: str = ""
) -> None:
    """A button that makes and downloads all rows of a selection, not only the page on screen."""
    st.download_button(
        label,
        data=partial(all_rows_as_csv, view.file, rows),
        file_name=_file_name(view, name),
        mime="text/csv",
        icon=":material/download:",
        type="primary" if is_primary else "secondary",
        on_click="ignore",
        help=help_text or None,
        key=f"{name}-download",
    )


def _file_name(view: View, name: str) -> str:
    return f"churniq-{name}-{view.as_of:%Y%m%dT%H%M%S}.csv"
