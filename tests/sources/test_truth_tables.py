"""Each sender's truth table against what comes of its cases, whose payloads have every optional field."""

from __future__ import annotations

import importlib

import pytest

from tests.sources.delivering import Inbox
from tests.sources.truth.reading import TABLES, outcome, truth_of

SENDERS = sorted(path.stem for path in TABLES.glob("*.md") if path.stem not in {"README", "stripe", "cleeng"})


FEEDS = ("subscription_events", "payment_events", "other_events", "identity_links")


@pytest.mark.parametrize("sender", SENDERS)
def test_the_table_says_what_comes_of_each_case(sender: str, inbox: Inbox) -> None:
    """A sender's documentation said one thing and its mapping did another, and nobody could tell which was meant.

    All that is delivered once more, the other way round, adds nothing: a repeated notification was money twice.
    """
    cases = importlib.import_module(f"tests.sources.truth.{sender}").CASES
    assert outcome(inbox, sender, cases) == truth_of(sender)
    told = [inbox.rows(feed, order_by="all") for feed in FEEDS]
    rejections = inbox.rejections()
    inbox.deliver(sender, [payload for payloads in reversed(cases.values()) for payload in reversed(payloads)])
    assert [inbox.rows(feed, order_by="all") for feed in FEEDS] == told
    assert sorted(reason for _, reason in inbox.rejections()) == sorted(reason for _, reason in rejections * 2)
