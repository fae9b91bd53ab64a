"""The same payloads delivered in other ways: what a sender's rows must not depend on.

Belongs here: the check that every sender with context shares. Does not belong here: any sender's format.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import Inbox, Row

_FEEDS = ("subscription_events", "payment_events", "identity_links", "store_purchases", "offers", "other_events")


def require_the_same_rows(
    source: str,
    payloads: Sequence[Mapping[str, Any]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    also_in_halves: bool = False,
) -> None:
    """Fail unless shuffled and twice, and in small parts backwards, they give the rows of one delivery in order."""
    half, sixth = len(payloads) // 2, max(len(payloads) // 6, 1)
    shuffled = random.Random(7).sample(list(payloads), len(payloads))
    ways: dict[str, list[Sequence[Mapping[str, Any]]]] = {
        "once": [payloads],
        "shuffled, and twice": [shuffled, payloads],
        "in small parts, backwards": [payloads[at : at + sixth] for at in range(0, len(payloads), sixth)][::-1],
    }
    if also_in_halves:
        ways["in two halves"] = [payloads[:half], payloads[half:]]
        ways["the later half first"] = [payloads[half:], payloads[:half]]
    expected: dict[str, list[Row]] | None = None
    for number, (way, deliveries) in enumerate(ways.items()):
        place = folder / str(number)
        place.mkdir()
        inbox = Inbox(place, monkeypatch)
        for delivery in deliveries:
            inbox.deliver(source, delivery)
        rows = {feed: sorted(inbox.rows(feed), key=repr) for feed in _FEEDS}
        if expected is None:
            expected = rows
        for feed in _FEEDS:
            missing = [row for row in expected[feed] if row not in rows[feed]]
            if missing or len(rows[feed]) != len(expected[feed]):
                pytest.fail(f"{source} {way}: {feed} has {len(rows[feed])} rows, lacks {str(missing[:1])[:600]}")


def require_all_accounted(inbox: Inbox, payloads: Sequence[Mapping[str, Any]]) -> None:
    """Fail unless each payload of the only delivery is the source row of a canonical row, or is rejected."""
    named = {row for row, _ in inbox.rejections()}
    for feed in _FEEDS:
        named |= {row["source_row"] for row in inbox.rows(feed, "source_row")}
    lost = sorted(set(range(1, len(payloads) + 1)) - named)
    if lost:
        pytest.fail(f"payloads that vanished: rows {lost[:10]}")
