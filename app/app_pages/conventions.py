"""The same month by other definitions, and why they differ from the house's.

Belongs here: what stands above the comparison. Does not belong here: the comparison (``app.parts.conventions``).
"""

from __future__ import annotations

from app import layout
from app.parts import conventions
from app.view import current_view

view = current_view()
layout.page_header(view, "Definitions", "Why does our number differ from the vendor's dashboard?")
if not layout.lacks(view, conventions.VARIANTS, conventions.GAPS, conventions.REGISTRY):
    conventions.show(view)
