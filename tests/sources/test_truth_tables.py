"""Each sender's truth table against what comes of its cases, whose payloads have every optional field."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import Inbox
from tests.sources.truth.reading import TABLES, outcome, truth_of

SENDERS = sorted(path.stem for path in TABLES.glob("*.md") if path.stem not in {"README", "stripe"})


_CONTRADICTIONS = (
    *(('"20"', '"21"'), ('"year"', '"month"'), ("P1M", "P1Y")),
    *(("2025-04-05", "2025-04-06"), ("10.00", "11.00"), (": 1000", ": 1100")),
)
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


@pytest.mark.long
@pytest.mark.parametrize("sender", SENDERS)
def test_payloads_that_contradict_each_other_come_out_the_same_every_time(
    sender: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two states of one purchase at one time another was taken in each run, whichever came first to a thread."""
    cases = importlib.import_module(f"tests.sources.truth.{sender}").CASES
    told = [payload for payloads in cases.values() for payload in payloads]
    told = [each for payload in told for each in (payload, _contradicted(payload))]
    found = []
    for number in range(3):
        lake = Inbox(tmp_path / str(number), monkeypatch)
        for part in (told[2::3], told[::3], told[1::3], told[::2]):
            lake.deliver(sender, part)
        found.append([*(lake.rows(feed, order_by="all") for feed in FEEDS), sorted(lake.rejections())])
    assert found[1:] == found[:1] * 2


def _contradicted(payload: Any) -> Any:
    """The same payload with other prices, terms and ends."""
    text = json.dumps(payload)
    for before, after in _CONTRADICTIONS:
        text = text.replace(before, after)
    return json.loads(text)
