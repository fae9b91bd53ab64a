"""A business of a dozen customers over three months, whose numbers can be worked by hand.

Belongs here: what happened, and building a part of the warehouse of it. Does not belong here: what comes of it (the
tests).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.settings import Settings
from tests.warehouse.building import Warehouse, build_warehouse

# (customer, event, day, period end, more): EUR 10 a month at stripe unless it says otherwise.
WEEKLY = {"amount": "2.99", "billing_interval": "week"}
OTHER = {"offer_id": "other", "channel": "app"}
REDUCED = {"discount_amount": "4", "discount_ends_at": "2025-03-10T00:00:00Z", "coupon_code": "SPRING"}
STORY: list[tuple[str, str, str, str | None, dict[str, Any]]] = [
    ("stays", "started", "2025-01-10", "2025-02-10", {}),
    ("stays", "renewed", "2025-02-10", "2025-03-10", {}),
    ("stays", "renewed", "2025-03-10", "2025-04-10", OTHER),
    ("held", "started", "2025-01-10", "2025-02-10", {}),
    ("held", "grace_entered", "2025-02-10", None, {}),
    ("held", "hold_entered", "2025-02-17", None, {}),
    ("held", "ended", "2025-03-05", None, {"end_reason": "payment_failed"}),
    ("cancelled", "started", "2025-01-10", "2025-02-10", {}),
    ("cancelled", "cancel_scheduled", "2025-01-20", None, {}),
    ("cancelled", "ended", "2025-02-10", None, {"end_reason": "customer_cancelled"}),
    ("at_apple", "started", "2025-01-10", "2025-02-10", {"provider": "apple"}),
    ("at_apple", "cancel_scheduled", "2025-01-20", None, {"provider": "apple"}),
    ("at_apple", "ended", "2025-02-10", None, {"provider": "apple", "end_reason": "customer_cancelled"}),
    ("tried", "trial_started", "2025-01-20", "2025-02-03", {}),
    ("tried", "ended", "2025-02-03", None, {}),
    ("came_and_went", "started", "2025-02-03", "2025-02-10", WEEKLY),
    ("came_and_went", "renewed", "2025-02-10", "2025-02-17", WEEKLY),
    ("came_and_went", "ended", "2025-02-17", None, {}),
    ("reduced", "started", "2025-01-10", "2025-02-10", REDUCED),
    ("reduced", "renewed", "2025-02-10", "2025-03-10", REDUCED),
    ("reduced", "renewed", "2025-03-10", "2025-04-10", {}),
    ("weekly", "started", "2025-02-24", "2025-03-03", WEEKLY),
    ("weekly", "renewed", "2025-03-03", "2025-03-10", WEEKLY),
    ("weekly", "renewed", "2025-03-10", "2025-03-17", WEEKLY),
    ("returned", "started", "2025-01-10", "2025-02-10", {}),
    ("returned", "ended", "2025-02-05", None, {}),
    ("returned", "started", "2025-02-20", "2025-03-20", {"subscription_id": "returned-again"}),
    ("stays", "plan_changed", "2025-02-20", "2025-03-10", OTHER),
    # In March alone, on two offers of two providers, of which one is given up before both are.
    ("doubled", "started", "2025-03-03", "2025-04-03", {}),
    (
        "doubled",
        "started",
        "2025-03-05",
        "2025-04-05",
        {**OTHER, "provider": "apple", "subscription_id": "doubled-again"},
    ),
    ("doubled", "ended", "2025-03-11", None, {"end_reason": "customer_cancelled"}),
    ("doubled", "ended", "2025-03-13", None, {"subscription_id": "doubled-again", "end_reason": "payment_failed"}),
]
# (customer, event, day, more): payments in another country and by another channel than the customer's.
PAYMENTS: list[tuple[str, str, str, dict[str, str]]] = [
    ("stays", "succeeded", "2025-01-10", {"provider": "stripe", "payment_method": "card"}),
    ("stays", "refunded", "2025-01-12", {"provider": "stripe", "coupon_code": "WELCOME"}),
    (
        "held",
        "failed",
        "2025-02-10",
        {"failure_code": "insufficient_funds", "offer_id": "basic", "subscription_id": "held"},
    ),
    ("at_apple", "succeeded", "2025-02-10", {"provider": "apple", "channel": "app", "product_kind": "rental"}),
]
# (customer, day, more): of stays after 30 days it is known who stayed, of held a month later not yet.
TICKETS: list[tuple[str, str, dict[str, Any]]] = [
    ("stays", "2025-01-20", {"topic": "billing", "csat": 4}),
    ("cancelled", "2025-01-20", {"topic": "billing", "csat": 2}),
    ("held", "2025-03-01", {"topic": "playback"}),
]

# (visitor, event, day, more): of cancelled the 30 days have closed, of stays not; nobody knows the stranger.
JOURNEYS: list[tuple[str, str, str, dict[str, str]]] = [
    ("cancelled", "cancelled", "2025-01-20", {"customer_id": "cancelled", "channel": "web", "device": "phone"}),
    ("stays", "card_updated", "2025-02-20", {"customer_id": "stays", "offer_id": "other"}),
    ("stranger", "cancelled", "2025-01-05", {}),
    ("shopper", "offer_chosen", "2025-02-10", {"customer_id": "weekly", "offer_id": "basic", "device": "tv"}),
    ("shopper", "payment_declined", "2025-02-10", {"customer_id": "weekly", "payment_method": "card"}),
    ("stranger", "offer_chosen", "2025-02-11", {"offer_id": "other", "device": "phone"}),
]
# (day, transactions, more): of a payment; of one that is paid already and one that nobody knows; in another currency.
PAYOUTS: list[tuple[str, list[str], dict[str, str]]] = [
    ("2025-02-20", ["t0"], {}),
    ("2025-03-01", ["t0", "unknown"], {}),
    ("2025-03-02", ["t3"], {"provider": "apple", "currency": "USD"}),
]


def build_story(settings: Settings, folder: Path, *select: str) -> Warehouse:
    """The story as of 15 March 2025, its feeds below ``folder``: only these models, and none of dbt's tests.

    A whole build takes three times as long.
    """
    events = [
        {
            "event_id": f"e{number}",
            "event_type": kind,
            "occurred_at": f"{day}T09:00:00Z",
            "customer_id": customer,
            "subscription_id": customer,
            "amount": "10",
            "currency": "EUR",
            "billing_interval": "month",
            "provider": "stripe",
            "offer_id": "basic",
            "channel": "web",
            "country": "NL",
            "period_end": None if period_end is None else f"{period_end}T09:00:00Z",
            **more,
        }
        for number, (customer, kind, day, period_end, more) in enumerate(STORY)
    ]
    payments = [
        {
            "event_id": f"p{number}",
            "transaction_id": f"t{number}",
            "event_type": kind,
            "occurred_at": f"{day}T10:00:00Z",
            "customer_id": customer,
            "amount": "10",
            "currency": "EUR",
            "country": "BE",
            **more,
        }
        for number, (customer, kind, day, more) in enumerate(PAYMENTS)
    ]
    tickets = [
        {"ticket_id": f"k{number}", "customer_id": customer, "opened_at": f"{day}T10:00:00Z", **more}
        for number, (customer, day, more) in enumerate(TICKETS)
    ]
    journeys = [
        {"event_id": f"j{number}", "event_type": kind, "occurred_at": f"{day}T10:00:00Z", "visitor_id": visitor, **more}
        for number, (visitor, kind, day, more) in enumerate(JOURNEYS)
    ]
    payouts = [
        {
            "payout_id": f"o{number}",
            "provider": "stripe",
            "paid_at": f"{day}T10:00:00Z",
            "currency": "EUR",
            "amount": "10",
            "transaction_ids": transactions,
            **more,
        }
        for number, (day, transactions, more) in enumerate(PAYOUTS)
    ]
    feeds = {
        "subscription_events": events,
        "payment_events": payments,
        "support_tickets": tickets,
        "journey_events": journeys,
        "payouts": payouts,
    }
    for feed, rows in feeds.items():
        (folder / "feeds" / feed).mkdir(parents=True)
        (folder / "feeds" / feed / "story.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    as_of = datetime(2025, 3, 15)  # noqa: DTZ001 - UTC without an offset
    return build_warehouse(settings, folder / "feeds", as_of=as_of, select=select, with_tests=False)
