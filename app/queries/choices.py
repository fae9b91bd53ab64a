"""What can be chosen in the filters: the values that the snapshot has, the instants and definitions to compare with.

Belongs here: values to choose from. Does not belong here: what is narrowed by them (``app.queries.metrics``,
``app.queries.rows``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import streamlit as st

from app import vocabulary
from app.queries.rows import frequent_values, select
from app.queries.snapshot import tables
from pipelines.activation.store import segment_names
from pipelines.errors import UserError
from pipelines.publishing.snapshots import published_pointers
from pipelines.settings import Settings

_MOST_VALUES = 200
_NONE = "(none)"
_COLUMNS = {
    "offer": ("core.fct_subscriptions", "offer_id"),
    "channel": ("core.fct_subscriptions", "channel"),
    "provider": ("core.fct_subscriptions", "provider"),
    "interval": ("core.fct_subscriptions", "billing_interval"),
    "country": ("core.dim_customers", "country"),
    "acquisition_channel": ("core.dim_customers", "acquisition_channel"),
}


def values(file: str, dimension: str) -> list[str]:
    """The values of a dimension, the most frequent first."""
    table, column = _COLUMNS[dimension]
    return frequent_values(file, table, column, limit=_MOST_VALUES)


def offer_titles(file: str) -> dict[str, str]:
    """The title of each offer that has one."""
    return dict(select(file, "select offer_id, title from core.dim_offers where title is not null").iter_rows())


def own_titles(file: str) -> dict[str, str]:
    """The title of each offer that no other offer has."""
    titles = offer_titles(file)
    return {offer: title for offer, title in titles.items() if list(titles.values()).count(title) == 1}


def words(file: str, dimension: str, values: Iterable[str]) -> dict[str, str]:
    """What values of a dimension are called: offers by titles of their own, coupons as they are, others in words."""
    if dimension in {"offer", "first_offer"}:
        return {_NONE: vocabulary.word(_NONE)} | own_titles(file)
    return {} if dimension in {"coupon", "first_coupon"} else {value: vocabulary.word(value) for value in values}


def conventions(file: str) -> dict[str, str]:
    """The definitions to compare with, by name with their title; none in a snapshot from before them."""
    if "conventions.dim_conventions" not in tables(file):
        return {}
    found = select(
        file,
        "select convention, any_value(title) as title from conventions.dim_conventions where convention <> 'default' "
        "group by convention order by min(convention_number)",
    )
    return dict(found.iter_rows())


def segments(file: str) -> list[str]:
    """The saved segments, where the snapshot has the attributes that they ask about."""
    if "activation.dim_customer_attributes" not in tables(file):
        return []
    try:
        return list(segment_names(Settings()))
    except UserError:
        return []


def earlier_instants(as_of: datetime) -> list[datetime]:
    """The instants of the published snapshots before one, the newest first."""
    found = {pointer.as_of_instant for pointer in published_pointers(Settings())}
    return sorted((instant for instant in found if instant < as_of), reverse=True)


def earlier_files(as_of: datetime) -> tuple[tuple[str, datetime], ...]:
    """The files of the published snapshots before an instant, each with its own, the newest first."""
    settings = Settings()
    found = {
        pointer.as_of_instant: str(Path(settings.published, pointer.file))
        for pointer in published_pointers(settings)
        if pointer.as_of_instant < as_of
    }
    return tuple((found[instant], instant) for instant in sorted(found, reverse=True))


@st.cache_data(max_entries=20, show_spinner=False)
def members(file: str, segment_text: str) -> tuple[str, ...]:
    """The ids of everybody in the segment of a document."""
    from app.connection import open_snapshot_file
    from pipelines.activation.documents import read_document
    from pipelines.activation.reading import reader_of

    with open_snapshot_file(file) as connection:
        found = reader_of(connection).members(read_document(segment_text, "This segment"))
    return tuple(row[0] for row in found)


def members_of(file: str, segment: str) -> tuple[str, ...]:
    """The ids of everybody in a saved segment, as it is now."""
    from pipelines.activation.store import find_segment

    return members(file, find_segment(Settings(), segment).document.text())
