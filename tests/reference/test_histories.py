"""Tests of the random histories and their feeds, and of identities that the reference keeps on any history.

Belongs here: what the histories must reach, and what holds whatever they hold.
Does not belong here: examples computed by hand, the comparison with the dbt project.
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from . import Result, compute, random_history, write_feeds


def random_result(seed: int, mode: str) -> Result:
    events, rates, as_of = random_history(seed, customers=3, mode=mode)
    return compute(events, rates, as_of=as_of, reporting_currency="EUR")


@pytest.mark.parametrize("mode", ["realistic", "wild"])
def test_identities_hold_on_random_histories(mode: str) -> None:
    for seed in range(15):
        result = random_result(seed, mode)
        closing = {row["customer_id"]: Decimal(0) for row in result.fct_mrr_movements}
        for row in result.fct_mrr_movements:
            assert row["mrr_before"] == closing[row["customer_id"]]
            assert row["mrr_before"] + row["mrr_change"] == row["mrr_after"] >= 0
            assert (row["churn_kind"] is not None) == (row["movement_type"] == "churn")
            closing[row["customer_id"]] = row["mrr_after"]
        assert sum(closing.values()) == sum(row["mrr"] for row in result.fct_subscriptions)
        closing_mrr, closing_customers = Decimal(0), 0
        for month in result.fct_mrr_monthly:
            changes = ("new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr")
            assert month["opening_mrr"] == closing_mrr
            closing_mrr = month["closing_mrr"]
            assert month["opening_mrr"] + sum(month[name] for name in changes) == closing_mrr
            assert month["opening_customers"] == closing_customers
            closing_customers = month["closing_customers"]
            gained = month["new_customers"] + month["reactivated_customers"]
            assert month["opening_customers"] + gained - month["churned_customers"] == closing_customers
        for earlier, later in zip(result.fct_subscription_periods, result.fct_subscription_periods[1:], strict=False):
            if earlier["subscription_id"] == later["subscription_id"]:
                assert earlier["valid_from"] < earlier["valid_to"] == later["valid_from"]
            else:
                assert earlier["valid_to"] is None


def test_delivery_order_does_not_matter() -> None:
    events, rates, as_of = random_history(7)
    again = random.Random(1).sample(events, len(events))
    first = compute(events, rates, as_of=as_of, reporting_currency="EUR")
    assert compute(again, rates[::-1], as_of=as_of, reporting_currency="EUR") == first
    assert random_history(7) == (events, rates, as_of)


@pytest.mark.parametrize("mode", ["realistic", "wild"])
def test_random_histories_reach_every_branch(mode: str) -> None:
    results = [random_result(seed, mode) for seed in range(40)]
    reached = {(row["movement_type"], row["churn_rule"]) for one in results for row in one.fct_mrr_movements}
    rules = ("end_reason", "state_hold", "state_grace", "state_pause", "auto_renew_off", "stale", "none")
    growth = ("new", "reactivation", "expansion", "contraction")
    assert reached == {("churn", rule) for rule in rules} | {(name, None) for name in growth}
    seen = {row["status"] for one in results for row in one.fct_subscription_periods}
    assert seen == {"trial", "active", "grace", "on_hold", "paused", "ended"}
    assert mode == "realistic" or any(one.sequence_anomalies for one in results)


def test_feeds_hold_every_event_and_rate(tmp_path: Path) -> None:
    events, rates, _ = random_history(3)
    write_feeds(events, rates, tmp_path, files=3, repeated=0.3)

    def rows_of(feed: str) -> list[dict[str, str]]:
        files = sorted((tmp_path / feed).glob("*.csv"))
        assert len(files) == 3
        return [row for file in files for row in csv.DictReader(file.open(encoding="utf-8"))]

    delivered = rows_of("subscription_events")
    assert len(delivered) > len(events)
    times = set()
    for row in delivered:
        time = datetime.fromisoformat(row["occurred_at"])
        times.add((row["event_id"], time if time.tzinfo else time.replace(tzinfo=UTC)))
    assert times == {(one.event_id, one.occurred_at) for one in events}
    known = {(row["rate_date"], row["currency"], row["rate_to_reporting"]) for row in rows_of("fx_rates")}
    assert known == {(one.rate_date.isoformat(), one.currency, format(one.rate, "f")) for one in rates}
