"""Senders whose payloads complete each other: the order of delivery changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.replaying import require_the_same_rows
from tests.sources.truth import adyen, lemonsqueezy, paddle

_DISCOUNTS = {name: payloads for name, payloads in paddle.CASES.items() if name.startswith("discount")}


@pytest.mark.parametrize(
    ("sender", "cases"),
    [
        pytest.param("lemonsqueezy", lemonsqueezy.CASES, marks=pytest.mark.long),
        pytest.param("adyen", adyen.CASES, marks=pytest.mark.long),
        ("paddle", _DISCOUNTS),
    ],
)
def test_the_order_of_delivery_changes_nothing(
    sender: str, cases: dict[str, list[dict[str, object]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invoice that came before its subscription gave it no price, and a failed capture came too late to count."""
    payloads = [payload for payloads in cases.values() for payload in payloads]
    require_the_same_rows(sender, payloads, tmp_path, monkeypatch)
