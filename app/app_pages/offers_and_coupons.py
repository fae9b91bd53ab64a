"""Offers and coupons: take-up, trials, switches, churn, what they brought, price tests, viewing and contacts.

Belongs here: which parts there are and what stands above them. Does not belong here: the parts (``app.parts.offers``,
``app.parts.coupons``, ``app.parts.price_tests``, ``app.parts.engagement``).
"""

from __future__ import annotations

from app import layout
from app.parts import coupons, engagement, price_tests
from app.parts import offers as parts
from app.queries import metrics, offers
from app.view import current_view

_PARTS = {
    "offers": ("Offers", parts.show_offers),
    "switches": ("Switches", parts.show_switches),
    "lifetime": ("Lifetime", parts.show_lifetime),
    "coupons": ("Coupons", coupons.show),
    "price_tests": ("Price tests", price_tests.show),
    "engagement": ("Viewing and contacts", engagement.show),
}

view = current_view()
layout.page_header(
    view,
    "Offers and coupons",
    "What do offers and coupons bring, and who stays, switches or leaves?",
)
if not layout.lacks(view, "offers.fct_offer_monthly"):
    months = offers.months(view.file)
    if not months:
        layout.no_rows(view, "No subscriptions", "None had begun by the as-of instant.", "subscription_events")
    else:
        month = layout.choose_month(layout.calendar(view, months))
        if layout.has(view, *metrics.needs_of("started_subscriptions"), *metrics.needs_of("ended_trials")):
            parts.headline(view, month)
        part = layout.choose_part({name: title for name, (title, _) in _PARTS.items()}, key="offers_part")
        if part == "offers":
            parts.show_month(view, month)
        _PARTS[part][1](view)
