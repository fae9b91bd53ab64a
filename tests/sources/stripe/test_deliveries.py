"""Money and subscriptions of the truth table, delivered in other orders and parts.

Belongs here: what must not depend on how payloads come. Does not belong here: what they mean (``test_truth_table``).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.replaying import require_the_same_rows
from tests.sources.stripe import payment_cases, price_cases


@pytest.mark.long
def test_the_cases_come_out_the_same_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A charge before its invoice, a refund before its charge, a discount after its subscription were other stories."""
    cases = {**payment_cases.CASES, **price_cases.CASES}
    payloads = [payload for case in cases.values() for payload in case]
    require_the_same_rows("stripe", payloads, tmp_path, monkeypatch)
