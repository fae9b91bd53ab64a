"""The core tables as they are published, with search, filters and downloads.

Belongs here: lists of customers, subscriptions, offers and transactions. Does not belong here: one customer
(``customer``).
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import address, formatting, layout, tables
from app.queries import core
from app.queries.rows import Rows, number_of_rows
from app.view import current_view

_TABLES: dict[str, tuple[Callable[[str, str | None], Rows], str, str, str]] = {
    "customers": (core.customers, "Status", "id, masked e-mail, country, acquisition", "customer_events"),
    "subscriptions": (core.subscriptions, "Status", "ids, offer, channel, provider", "subscription_events"),
    "offers": (core.offers, "Kind", "id, title", "offers"),
    "transactions": (core.transactions, "Event", "ids, provider, method, coupon, failure", "payment_events"),
}

view = current_view()
layout.page_header(
    view,
    "Core tables",
    "Which rows are behind the numbers?",
    not_cut="these are the tables as they are; lists of customers are filtered",
)
table = address.segments(
    "Table", list(_TABLES), format_func=formatting.words, key="table", label_visibility="collapsed"
)
list_rows, filter_label, searched, feed = _TABLES[table]
if number_of_rows(view.file, list_rows("", None)) == 0:
    layout.no_rows(view, f"No {table} in this snapshot", f"No row of the feed {feed} is of one.", feed)
else:
    search_column, filter_column = st.columns([3, 1], vertical_alignment="bottom")
    search = search_column.text_input(f"Search in {searched}", type="search", key=f"search-{table}") or ""
    kind = filter_column.selectbox(
        filter_label,
        core.kinds(view.file, table),
        index=None,
        placeholder="All",
        format_func=formatting.words,
        key=f"kind-{table}",
    )
    browse = tables.browse if table == "offers" else tables.browse_customers
    browse(view, list_rows(search.strip(), kind), name=table, empty="Change the search or the filter.")
