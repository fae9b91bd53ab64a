"""Where revenue came from and went: movements of MRR, its level and metrics, what was earned and paid.

Belongs here: which parts there are. Does not belong here: the parts (``app.parts``), cohorts (``retention``), single
customers (``customer``).
"""

from __future__ import annotations

from app import layout
from app.parts import movements, payments, recognition, recurring_revenue, revenue_metrics
from app.view import current_view

_PARTS = {
    "movements": ("Movements", movements.show),
    "metrics": ("Metrics", revenue_metrics.show),
    "level": ("By day and cut", recurring_revenue.show),
    "recognised": ("Recognised revenue", recognition.show),
    "payments": ("Payments and payouts", payments.show),
}

view = current_view()
layout.page_header(
    view, "Financial performance", "Where does revenue come from, where does it go, what of it is earned?"
)
part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="finance_part")
_PARTS[part][1](view)
