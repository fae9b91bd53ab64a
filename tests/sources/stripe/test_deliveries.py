"""Money and subscriptions of the truth table, delivered in other orders and parts.

Belongs here: what must not depend on how payloads come. Does not belong here: what they mean (``test_truth_table``).
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.lake.ingest import ingest
from tests.sources.delivering import Inbox
from tests.sources.replaying import require_the_same_rows
from tests.sources.stripe import (
    odd_cases,
    payment_cases,
    price_cases,
    settlement_cases,
    transition_cases,
)
from tests.sources.stripe.envelopes import Payload
from tests.sources.stripe.telling import APRIL, JUNE, MARCH, MAY, single


@pytest.mark.long
def test_the_cases_come_out_the_same_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A charge before its invoice, a refund before its charge, a discount after its subscription were other stories."""
    cases = {**payment_cases.CASES, **settlement_cases.CASES, **price_cases.CASES, **odd_cases.CASES}
    payloads = [payload for case in cases.values() for payload in case]
    require_the_same_rows("stripe", payloads, tmp_path, monkeypatch, also_in_halves=True)


def test_a_declined_trial_is_no_conversion_however_late_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Webhooks come one by one: a trial whose card was declined an hour after its end had converted, and churned."""
    inbox = Inbox(tmp_path, monkeypatch)

    def told(payloads: list[Payload]) -> list[str]:
        inbox.deliver("stripe", payloads)
        return [row["event_type"] for row in inbox.rows("subscription_events", "*")]

    *before, failure, paid = transition_cases.CASES["trial-paid-then-past-due"]
    assert sorted(told(before)) == ["trial_converted", "trial_started"]
    assert sorted(told([failure])) == ["grace_entered", "trial_started"]
    assert sorted(told([paid])) == ["grace_entered", "trial_converted", "trial_started"]


def test_a_trial_ends_when_it_ends_and_not_with_the_period_of_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of subscriptions that were active for long told trials of long ago as running until the next renewal."""
    inbox = Inbox(tmp_path, monkeypatch)
    states = [
        single("trial-of-long-ago", MAY, JUNE, created=MARCH, trial_start=MARCH, trial_end=APRIL),
        single("trial-unpaid", APRIL, MAY, created=MARCH, trial_start=MARCH, trial_end=APRIL, status="past_due"),
    ]
    inbox.deliver("stripe", states)
    ends = {
        (row["subscription_id"], row["event_type"]): f"{row['period_end']:%m-%d}"
        for row in inbox.rows("subscription_events", "*")
        if "period_end" in row
    }
    assert ends == {
        ("sub_trial-of-long-ago", "trial_started"): "04-05",
        ("sub_trial-of-long-ago", "trial_converted"): "06-05",
        ("sub_trial-unpaid", "trial_started"): "04-05",
    }


def test_links_of_one_payment_are_no_remark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invoice and its charge name one payment intent: whoever sent them was told to sum them by a mapping."""
    inbox = Inbox(tmp_path, monkeypatch)
    path = tmp_path / "payloads.jsonl"
    path.write_text("\n".join(json.dumps(payload) for payload in payment_cases.CASES["paid-told-by-all"]))
    assert not ingest(inbox.settings, path, source_name="stripe").remarks
