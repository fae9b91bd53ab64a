"""Whether every case of the truth table in docs/senders/stripe.md comes out as the table says.

Belongs here: the comparison of the documentation with what is loaded. Does not belong here: payloads, further ways of
delivering them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sources.delivering import Inbox
from tests.sources.stripe import (
    change_cases,
    odd_cases,
    payment_cases,
    price_cases,
    settlement_cases,
    transition_cases,
)
from tests.sources.stripe.told import texts_by_row

PAGE = Path(__file__).parents[3] / "docs" / "senders" / "stripe.md"
_MODULES = (transition_cases, change_cases, price_cases, payment_cases, settlement_cases, odd_cases)
CASES = {name: payloads for module in _MODULES for name, payloads in module.CASES.items()}
_ROW = re.compile(r"^\| `([a-z0-9-]+)` \| .+ \| ([^|]+) \|$", re.MULTILINE)


def test_each_case_comes_out_as_the_table_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the payloads of public bug reports once gave a wrong number, and no page said what was right."""
    table = dict(_ROW.findall(PAGE.read_text()))
    assert sorted(table) == sorted(CASES)
    cases = [name for name, payloads in CASES.items() for _ in payloads]
    inbox = Inbox(tmp_path, monkeypatch)
    inbox.deliver("stripe", [payload for payloads in CASES.values() for payload in payloads])
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in CASES}
    for number, texts in texts_by_row(inbox).items():
        found[cases[number - 1]] += texts
    told = {name: "; ".join(text for _, text in sorted(texts)) or "nothing" for name, texts in found.items()}
    assert told == table
