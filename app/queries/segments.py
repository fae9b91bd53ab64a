"""Segments on a snapshot: attributes, sizes, people, overlaps, and the values that an attribute has.

Belongs here: caching what ``pipelines.activation`` answers. Does not belong here: what a segment means (there).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import polars as pl
import streamlit as st

from app.connection import open_snapshot_file
from app.queries.rows import frequent_values
from pipelines.activation.attributes import Attributes
from pipelines.activation.documents import Document, read_document
from pipelines.activation.membership import read_sizes
from pipelines.activation.reading import reader_of
from pipelines.settings import Settings

_MOST_VALUES = 200


@st.cache_data(max_entries=20, show_spinner=False)
def attributes(file: str) -> Attributes:
    """Every attribute of the snapshot."""
    with open_snapshot_file(file) as connection:
        return dict(reader_of(connection).attributes)


@st.cache_data(max_entries=200, show_spinner=False)
def values_of(file: str, attribute: str) -> list[str]:
    """The values of an attribute of text, most frequent first; none when there are too many to pick from."""
    if attribute not in attributes(file):
        return []
    values = frequent_values(file, "activation.dim_customer_attributes", attribute, limit=_MOST_VALUES + 1)
    return values if len(values) <= _MOST_VALUES else []


@st.cache_data(max_entries=500, show_spinner=False)
def size(file: str, text: str) -> dict[str, Any]:
    """How many people a document holds, and what is at stake."""
    with open_snapshot_file(file) as connection:
        size = reader_of(connection).size(_document(text))
    return {**asdict(size), "share": size.share}


@st.cache_data(max_entries=200, show_spinner=False)
def preview(file: str, text: str, limit: int) -> pl.DataFrame:
    """The first people of a document, those most at risk first."""
    with open_snapshot_file(file) as connection:
        columns, rows = reader_of(connection).preview(_document(text), limit)
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


@st.cache_data(max_entries=200, show_spinner=False)
def overlap(file: str, one: str, other: str) -> dict[str, int]:
    """How many people are in both documents, and only in either."""
    with open_snapshot_file(file) as connection:
        return reader_of(connection).overlap(_document(one), _document(other))


def sizes_over_time(settings: Settings, name: str) -> pl.DataFrame:
    """Members and MRR of a saved segment at each build."""
    columns = ["as_of", "version", "customers", "entered", "left", "mrr", "mrr_entered", "mrr_left"]
    return pl.DataFrame(read_sizes(settings, name), schema=columns, orient="row", infer_schema_length=None)


def _document(text: str) -> Document:
    return read_document(text, "This segment")
