"""Cases that few accounts meet, written from Stripe's API reference: payloads by name of the case.

What each means is in the tables of docs/senders/stripe.md, which the tests read. Belongs here: payloads. Does not
belong here: expected rows.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.billing import coupon, discount, item, price, subscription
from tests.sources.stripe.envelopes import Payload, at, event
from tests.sources.stripe.money import charge, payment_intent, refund
from tests.sources.stripe.telling import APRIL, MARCH, created

_FIRST, _SECOND = at("03-15"), at("04-05")


def rate(percentage: float, *, inclusive: bool) -> Payload:
    return {
        "id": f"txr_{percentage}",
        "object": "tax_rate",
        "active": True,
        "country": "DE",
        "created": MARCH,
        "description": None,
        "display_name": "VAT",
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": "DE",
        "jurisdiction_level": "country",
        "livemode": True,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": None,
        "tax_type": "vat",
    }


def _subscribed(name: str, unit: int = 1210, *, of_item: list[Payload] | None = None, **changes: Any) -> Payload:
    line = item(price(f"price_{name}", unit), MARCH, APRIL, tax_rates=of_item or [])
    return created(subscription(name, [line], **changes))


def _left_out() -> Payload:
    thing = subscription("items-left-out", [item(price("price_first_of_many", 1000), MARCH, APRIL)])
    return created({**thing, "items": {**thing["items"], "has_more": True, "total_count": 25}})


def _list(*things: Payload) -> Payload:
    return {"object": "list", "data": list(things), "has_more": False, "url": "/v1"}


def _prices() -> dict[str, list[Payload]]:
    within, without = rate(21.0, inclusive=True), rate(21.0, inclusive=False)
    off = discount("di_within", coupon("within", amount_off=242, currency="usd"))
    return {
        "items-left-out": [_left_out()],
        "tax-within": [_subscribed("tax-within", default_tax_rates=[within])],
        "tax-within-an-item": [_subscribed("tax-within-an-item", of_item=[within], default_tax_rates=[without])],
        "tax-on-top": [_subscribed("tax-on-top", 1000, of_item=[without], default_tax_rates=[within])],
        "tax-within-the-discount": [
            _subscribed("tax-within-the-discount", default_tax_rates=[within], discounts=[off])
        ],
    }


def _money() -> dict[str, list[Payload]]:
    part, later, never = "captured-in-part-and-refunded", "captured-in-part-later", "authorised-and-released"
    captured = charge(part, 1000, amount_captured=600, amount_refunded=400)
    released = refund(later, 400, when=at("03-06"), id="re_released", balance_transaction=None, reason=None)
    returned = refund(later, 600, when=_FIRST)
    asked = refund("refund-never-taken", 1500, when=_FIRST, status="requires_action")
    slow = refund("refund-pending-then-failed", 1500, when=_FIRST, status="pending")
    card = charge(
        "paid-at-the-second-try", 1000, id="ch_declined", status="failed", paid=False, captured=False, amount_captured=0
    )
    return {
        part: [
            event("charge.captured", captured, at("03-06"), {"amount_refunded": 0}),
            event(
                "charge.refunded",
                {**captured, "amount_refunded": 1000, "refunded": True},
                _FIRST,
                {"amount_refunded": 400},
            ),
        ],
        later: [
            event("charge.succeeded", charge(later, 1000, captured=False, amount_captured=0), MARCH),
            event("charge.captured", charge(later, 1000, amount_captured=600, amount_refunded=400), at("03-06")),
            event("refund.created", released, at("03-06")),
            event("refund.created", returned, _FIRST),
            event("charge.refunded", charge(later, 1000, amount_captured=600, amount_refunded=1000), _FIRST),
        ],
        never: [
            event("charge.succeeded", charge(never, 1000, captured=False, amount_captured=0), MARCH),
            event("refund.created", refund(never, 1000, when=_FIRST, balance_transaction=None), _FIRST),
            event(
                "charge.refunded", charge(never, 1000, captured=False, amount_captured=0, amount_refunded=1000), _FIRST
            ),
            event("payment_intent.canceled", payment_intent(never, 1000, amount_received=0, status="canceled"), _FIRST),
        ],
        "refund-never-taken": [
            event("charge.succeeded", charge("refund-never-taken", 1500), MARCH),
            event("refund.created", asked, _FIRST),
            event("refund.updated", {**asked, "status": "canceled"}, _SECOND, {"status": "requires_action"}),
        ],
        "refund-pending-then-failed": [
            event("charge.succeeded", charge("refund-pending-then-failed", 1500), MARCH),
            event("refund.created", slow, _FIRST),
            event("charge.refunded", charge("refund-pending-then-failed", 1500, amount_refunded=1500), _FIRST),
            event("refund.failed", {**slow, "status": "failed"}, _SECOND, {"status": "pending"}),
        ],
        "refund-in-a-list": [
            _list(charge("refund-in-a-list", 1500, amount_refunded=500)),
            _list(refund("refund-in-a-list", 500, when=_FIRST)),
            event("charge.refunded", charge("refund-in-a-list", 1500, amount_refunded=500), _FIRST),
        ],
        "paid-at-the-second-try": [
            event("charge.failed", {**card, "failure_code": "card_declined"}, MARCH),
            event("charge.succeeded", charge("paid-at-the-second-try", 1000, when=_FIRST), _FIRST),
            event("payment_intent.succeeded", payment_intent("paid-at-the-second-try", 1000), _FIRST),
        ],
    }


CASES: dict[str, list[Payload]] = {**_prices(), **_money()}
