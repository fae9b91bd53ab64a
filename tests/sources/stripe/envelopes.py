"""What is around Stripe's objects: days, webhook events and lists.

Belongs here: envelopes. Does not belong here: the objects (``billing``, ``money``).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]

BASIL = "2025-08-27.basil"
BEFORE_BASIL = "2024-06-20"


def at(text: str) -> int:
    """Epoch seconds of a day in 2026 (``03-05``), or of an instant on it (``03-05T10:00``), in UTC."""
    day = text if "T" in text else f"{text}T10:00"
    return int(datetime.fromisoformat(f"2026-{day}").replace(tzinfo=UTC).timestamp())


_COUNT = iter(range(1, 1_000_000))


def event(
    type_: str, of: Payload, when: int, previous: Payload | None = None, *, version: str = BASIL, live: bool = True
) -> Payload:
    """A webhook event around an object."""
    data = {"object": of} if previous is None else {"object": of, "previous_attributes": previous}
    return {
        "id": f"evt_{next(_COUNT):06d}",
        "object": "event",
        "api_version": version,
        "created": when,
        "data": data,
        "livemode": live,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type_,
    }


def listed(*things: Payload) -> Payload:
    """A list as the API answers with."""
    return {"object": "list", "data": list(things), "has_more": False, "url": "/v1/things"}
