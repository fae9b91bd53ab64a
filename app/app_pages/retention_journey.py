"""The retention journey: at which stage people are, how they move between stages and how long they stay.

Belongs here: which parts there are and what stands above them. Does not belong here: the parts (``app.parts.journey``).
"""

from __future__ import annotations

from app import layout
from app.parts import journey as parts
from app.queries import journey
from app.view import current_view

_PARTS = {
    "stages": ("Stages", parts.show_stages),
    "flows": ("Flows", parts.show_flows),
    "times": ("Times", parts.show_times),
    "set_to_cancel": ("Set to cancel", parts.show_set_to_cancel),
}

view = current_view()
layout.page_header(
    view, "Retention journey", "Where are people on the way from a first visit to leaving and returning?"
)
if not layout.lacks(view, parts.DAILY, parts.FLOWS, parts.STAGES):
    by_day = journey.days(view.file)
    if by_day.is_empty():
        layout.empty_state(
            "Nobody on the way yet",
            "The journey begins with the first visit, registration or subscription: run churniq ingest PATH.",
        )
    else:
        parts.show_headline(by_day)
        part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="journey_part")
        _PARTS[part][1](view)
