"""Dunning: what failed payments cost, and what of it came back.

Belongs here: which parts there are and what stands above them. Does not belong here: the parts (``app.parts.dunning``).
"""

from __future__ import annotations

from datetime import date

from app import address, filters, formatting, layout
from app.parts import dunning as parts
from app.queries import dunning, metrics
from app.view import current_view

_PARTS = {
    "course": ("Course", parts.show_course),
    "cuts": ("By dimension", parts.show_cuts),
    "attempts": ("Attempts", parts.show_attempts),
    "cases": ("Cases", parts.show_cases),
}

view = current_view()
layout.page_header(view, "Dunning", "What did failed payments cost us, and what did we get back?")
if not layout.lacks(view, "dunning.fct_dunning_monthly", *metrics.needs_of("dunning_cases")):
    months = dunning.months(view.file)
    if not months:
        layout.no_rows(
            view,
            "No failed payments",
            "No payment failed, and no subscription was in grace or on hold, by the as-of instant.",
            *metrics.feeds_of("dunning_cases"),
        )
    else:
        month = address.choose(
            "Opened in", months, key="opened", placeholder="All months", format_func=formatting.month, width=220
        )
        first = filters.current_filters().first or date.min
        days = (month, metrics.end_of(month, "month")) if month else (first, view.as_of_date)
        parts.headline(view, days)
        part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="dunning_part")
        _PARTS[part][1](view, days)
