"""What customers ask support about, what follows, and what to do next for whom.

Belongs here: which parts there are and what stands above them. Does not belong here: the parts (``app.parts.care``).
"""

from __future__ import annotations

import polars as pl

from app import definitions_of_care, filters, formatting, layout
from app.parts import care as parts
from app.queries import care
from app.view import SnapshotView, current_view

_PARTS = {
    "topics": ("Topics", parts.show_topics),
    "steps": ("Next best steps", parts.show_steps),
    "classifier": ("Predicted topics", parts.show_classifier),
}


def _headline(view: SnapshotView, months: pl.DataFrame) -> None:
    newest = months.row(-1, named=True)
    lift = newest["yearly_churn_lift"]
    tiles = layout.tiles(5)
    is_running = newest["month"] == view.as_of_date.replace(day=1)
    label = formatting.month(newest["month"]) + (" so far" if is_running else "")
    layout.tile(tiles, f"Contacts, {label}", formatting.count(newest["contacts"]), about=definitions_of_care.CONTACTS)
    rate = newest["contacts_per_1000_paying"]
    layout.tile(
        tiles,
        "Per 1,000 paying",
        formatting.NOTHING if rate is None else f"{rate:.1f}",
        about="Contacts of customers with MRR for 1,000 of them on average over the days of the month so far.",
    )
    hours = newest["median_hours_to_close"]
    layout.tile(
        tiles,
        "Median time to close",
        formatting.span(None if hours is None else round(hours * 60)),
        about="Half of the closed tickets of the month took no longer. Tickets that are still open are not in it.",
    )
    csat = newest["csat_mean"]
    layout.tile(
        tiles,
        "Satisfaction",
        formatting.NOTHING if csat is None else f"{csat:.1f}",
        about=f"The mean of {formatting.plural(newest['csat_answers'], 'answer')}, on the help desk's scale.",
    )
    layout.tile(
        tiles,
        "Churn after contact",
        formatting.NOTHING if lift is None else f"{lift:.1f} times",
        about="Against everybody who paid. " + definitions_of_care.CHURN_AFTER_CONTACT,
    )


view = current_view()
layout.page_header(view, "Care", "What do customers ask about, who leaves after it, and what to do next for whom?")
if not layout.lacks(view, "care.fct_contact_topics_monthly", "care.fct_support_contacts"):
    by_month = care.months(view.file)
    if by_month.is_empty():
        layout.no_rows(view, "No support contacts", "None was opened by the as-of instant.", "support_tickets")
        parts.show_steps(view)
    else:
        filters.say("the headline is of the newest month and of everybody")
        _headline(view, by_month)
        part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="care_part")
        _PARTS[part][1](view)
