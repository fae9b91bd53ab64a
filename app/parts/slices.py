"""From a slice of a chart or a list to a segment of those people: conditions in the address of the page Segments.

``?risk_band=high&country=NL&country=DE&churn_probability=≥0.2`` are three conditions: a value, one of several, and one
that begins with its operator.

Belongs here: both ways, conditions to address and back. Does not belong here: what a segment holds
(``pipelines.activation``), picking by hand (``segment_builder``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import streamlit as st

from app.queries.rows import attribute_of
from pipelines.activation.attributes import Attribute, Kind

_OPERATORS = "≥≤<>"
Slice = Iterable[tuple[str, str]]
"""Attributes with a value each, which may begin with one of the operators; an attribute may come again."""


def show_link(people: Slice, label: str = "Make a segment of these people") -> None:
    """The way to the builder, which begins with the conditions of a slice."""
    st.page_link("app_pages/segments.py", label=label, icon=":material/group_work:", query_params=list(people))


def slice_of(where: Iterable[tuple[str, Sequence[str]]]) -> list[tuple[str, str]]:
    """What the filters above the pages choose, as a slice."""
    return [(attribute_of(dimension), value) for dimension, values in where for value in values]


def conditions_of(address: Mapping[str, Sequence[str]], known: Mapping[str, Attribute]) -> list[dict[str, Any]]:
    """The conditions that an address asks for; what names no attribute is somebody else's."""
    found: list[dict[str, Any]] = []
    for name, texts in address.items():
        if name not in known:
            continue
        bounds = [text for text in texts if text[:1] in _OPERATORS and known[name].kind is not Kind.TEXT]
        values = [text for text in texts if text and text not in bounds]
        found += [_condition(name, text[0], text[1:].strip()) for text in bounds if text]
        if values:
            found.append(_condition(name, "in" if values[1:] else "=", values if values[1:] else values[0]))
    return found


def _condition(name: str, operator: str, value: str | list[str]) -> dict[str, Any]:
    return {"attribute": name, "operator": operator, "value": value}
