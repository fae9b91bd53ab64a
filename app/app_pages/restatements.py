"""Why a month is not what it was: as known then, as known now, and the events between.

Belongs here: what stands above the part. Does not belong here: the part (``app.parts.restatements``).
"""

from __future__ import annotations

from app import layout
from app.parts import restatements
from app.queries import revenue
from app.view import current_view

view = current_view()
layout.page_header(view, "Restatements", "Why is a month not what it was when it was first reported?")
if revenue.months(view.file).is_empty():
    layout.empty_state("No months yet", "Months begin with the first customer who pays a recurring price.")
else:
    restatements.show(view)
