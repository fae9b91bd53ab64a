"""The files that destinations take: one module a destination, found by name.

Belongs here: the registry. Does not belong here: any destination's rules.
"""

from __future__ import annotations

from pipelines.activation.layouts import braze, google, mailchimp, meta, plain, tiktok
from pipelines.activation.layouts.base import Layout

LAYOUTS: dict[str, Layout] = {
    layout.name: layout
    for layout in (
        plain.CSV,
        plain.PARQUET,
        plain.JSON_LINES,
        braze.LAYOUT,
        mailchimp.LAYOUT,
        meta.LAYOUT,
        google.LAYOUT,
        tiktok.LAYOUT,
    )
}

__all__ = ["LAYOUTS", "Layout"]
