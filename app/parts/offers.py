"""Offers: who takes them up, what trials and churn do on each, switches between them, and what they brought so far.

Belongs here: the parts of the page on offers that are about offers. Does not belong here: coupons
(``app.parts.coupons``), viewing (``app.parts.engagement``).
"""

from __future__ import annotations

from datetime import date

from app import charts, filters, formatting, layout, tables
from app.parts import metric_answers, metric_parts
from app.parts.totals import Totals
from app.queries import choices, metrics, offers
from app.view import SnapshotView
from pipelines.readings.questions import Question

_MONTHLY = "offers.fct_offer_monthly"
_SWITCHES = "offers.fct_subscription_switches"
_LIFETIME = "offers.fct_offer_lifetime"
_DIRECTIONS = {
    "up": ("Up", charts.GREEN),
    "level": ("Level", charts.GREY),
    "down": ("Down", charts.RUST),
    "unknown": ("Unknown", charts.AMBER),
}

OFFERS = (
    "Subscriptions with access (trial, active, grace) at the close of a day against the close before. A customer "
    "churns on an offer who had MRR on it at the month's open and has none on any at its close: a switch is no churn."
)
SWITCHES = (
    "Days at whose close a subscription with access has another offer than before. Up and down go by the list price "
    "per month before discounts, so a year that costs less a month is down. MRR changes are of paying subscriptions."
)
LIFETIME = (
    "Customers by the offer they began to pay with, and what they paid so far for whatever they bought since. Realised "
    "only: younger offers had less time for it."
)


def show_offers(view: SnapshotView) -> None:
    """Offers over time by the filters above the page: their MRR, and what was started."""
    looks = metric_parts.leading(offers.by_revenue(view.file), choices.words(view.file, "offer", ()))
    metric_parts.show(
        view, "mrr", "offer", looks, key="offer-mrr", title="MRR by offer", explanation=OFFERS,
        empty="No subscription has had a recurring price above 0 so far.",
    )  # fmt: skip
    metric_parts.show(
        view, "started_subscriptions", "offer", looks, key="offer-starts", title="Subscriptions started",
        explanation=OFFERS, empty="No subscription had begun by the as-of instant.",
    )  # fmt: skip


def show_month(view: SnapshotView, month: date) -> None:
    """Each offer in one month."""
    layout.section(f"{formatting.month(month)} by offer", OFFERS)
    filters.say("the table is counted by month and offer")
    rows = offers.of_month(view.file, month)
    tables.small_table(view, rows, name="offers-of-month", table=_MONTHLY)
    layout.sources(_MONTHLY)


def show_switches(view: SnapshotView) -> None:
    """Switches over time, and from which offer to which."""
    metric_parts.show(
        view, "offer_switches", "direction", _DIRECTIONS, key="switches", title="Switches by direction",
        explanation=SWITCHES, empty="No subscription with access changed its offer so far.",
    )  # fmt: skip
    if not layout.has(view, *metrics.needs_of("offer_switches")):
        return
    first = filters.current_filters().first or date.min
    of = Totals(view, "offer_switches", ("paying_offer_switches", "switched_mrr"), first, view.as_of_date)
    rows = of.by("from_offer", "offer", "direction")
    if rows.is_empty():
        return
    layout.section("From which offer to which", SWITCHES)
    of.say()
    names = {"offer": "to_offer", "offer_switches": "switches", "paying_offer_switches": "paying_switches",
             "switched_mrr": "mrr_change"}  # fmt: skip
    rows = rows.rename(names).sort("switches", "from_offer", "to_offer", "direction", descending=[True] + 3 * [False])
    tables.small_table(view, rows, name="switches", table=_SWITCHES)
    layout.sources(_SWITCHES)


def show_lifetime(view: SnapshotView) -> None:
    """What customers brought by the offer they began with."""
    layout.section("By the first offer", LIFETIME)
    filters.say("what was brought is counted by the first offer")
    if layout.lacks(view, _LIFETIME):
        return
    rows = offers.lifetime(view.file)
    if rows.is_empty():
        layout.no_rows(
            view, "Nobody paid yet", "It appears with the first customer who has MRR.", "subscription_events"
        )
        return
    tables.small_table(view, rows, name="offer-lifetime", table=_LIFETIME)
    layout.sources(_LIFETIME)


def headline(view: SnapshotView, month: date) -> None:
    """What a month of all offers together is like, by the filters above the page."""
    days = (month, metrics.end_of(month, "month"))
    of = Totals(view, "started_subscriptions", ("left_subscriptions",), *days)
    of.say()
    flows = of.whole()
    trials = Totals(view, "ended_trials", ("converted_trials",), *days).whole()
    chosen, _ = metric_answers.narrowed(view, "subscriptions_with_access")
    level = Question("subscriptions_with_access", "month", (), month, month, chosen.where, chosen.segment)
    tiles = layout.tiles(4)
    layout.tile(
        tiles, "Subscriptions with access", formatting.count(int(metrics.value_of(view.file, level))), about=OFFERS
    )
    layout.tile(tiles, "Started", formatting.count(flows["started_subscriptions"]), about=OFFERS)
    layout.tile(
        tiles,
        "Lost access",
        formatting.count(flows["left_subscriptions"]),
        about="By a hold, a pause, an end or a lapse; a customer may still pay for another one.",
    )
    layout.tile(
        tiles,
        "Trials converted",
        f"{formatting.count(trials['converted_trials'])} of {formatting.count(trials['ended_trials'])}",
        about="Of trials whose trial period ended in the month, those with MRR within 7 days; some are undecided yet.",
    )
