"""Subscriptions of the cases, and the webhooks that tell of them.

Belongs here: what the cases of transitions, prices and discounts share. Does not belong here: any case.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.billing import item, price, subscription
from tests.sources.stripe.envelopes import BASIL, Payload, at, event

MARCH, APRIL, MAY, JUNE = at("03-05"), at("04-05"), at("05-05"), at("06-05")
UPDATED = "customer.subscription.updated"


def created(of: Payload, when: int = MARCH, *, version: str = BASIL) -> Payload:
    return event("customer.subscription.created", of, when, version=version)


def updated(of: Payload, when: int, previous: Payload, *, version: str = BASIL) -> Payload:
    return event(UPDATED, of, when, previous, version=version)


def single(name: str, start: int = MARCH, end: int = APRIL, unit: int = 1000, **changes: Any) -> Payload:
    """A subscription of one item."""
    return subscription(name, [item(price(f"price_{name}_{unit}", unit), start, end, name=name)], **changes)


def items_of(of: Payload) -> Payload:
    """The items as ``previous_attributes`` repeat them: all of them, each whole."""
    return {"items": {"data": of["items"]["data"]}}


def several(name: str, *prices: Payload, start: int = MARCH, end: int = APRIL, **changes: Any) -> Payload:
    return subscription(name, [item(each, start, end) for each in prices], **changes)
