"""Buttons that take a segment out of the product, by the same steps as ``churniq export``.

Belongs here: the buttons and what they say. Does not belong here: who may be written to (``pipelines.activation``).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.view import View
from pipelines.activation.exporting import Request, export_content
from pipelines.activation.layouts import LAYOUTS
from pipelines.errors import UserError
from pipelines.settings import Settings


def download_segment(
    view: View,
    segment: str,
    *,
    label: str,
    help_text: str,
    layout: str = "csv",
    purpose: str = "marketing",
    campaign: str | None = None,
    holdout: float | None = None,
) -> None:
    """A button that makes the file when it is pressed; what is in the way is said in the file's stead."""
    ending = LAYOUTS[layout].ending
    name = f"churniq-{segment}-{view.as_of:%Y%m%dT%H%M%S}{ending}"

    def content() -> bytes:
        request = Request(segment, Path(name), layout, purpose, campaign, holdout)
        try:
            return export_content(Settings(), request)[0]
        except UserError as error:
            return f"Nothing was exported. {error}\n".encode()

    st.download_button(
        label,
        data=content,
        file_name=name,
        icon=":material/download:",
        type="primary",
        on_click="ignore",
        help=help_text,
        key=f"{segment}-{layout}-download",
    )
