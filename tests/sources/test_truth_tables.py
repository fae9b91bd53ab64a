"""Each sender's truth table against what comes of its cases, whose payloads have every optional field."""

from __future__ import annotations

import importlib

import pytest

from tests.sources.delivering import Inbox
from tests.sources.truth.reading import TABLES, outcome, truth_of

SENDERS = sorted(path.stem for path in TABLES.glob("*.md") if path.stem not in {"README", "stripe", "cleeng"})


@pytest.mark.parametrize("sender", SENDERS)
def test_the_table_says_what_comes_of_each_case(sender: str, inbox: Inbox) -> None:
    """A sender's documentation said one thing and its mapping did another, and nobody could tell which was meant."""
    cases = importlib.import_module(f"tests.sources.truth.{sender}").CASES
    assert outcome(inbox, sender, cases) == truth_of(sender)
