"""The marts of dunning against the slow, obviously right implementation, and against the movements of MRR."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.reference import Event, random_history, write_feeds
from tests.reference.dunning import Payment, compute_dunning
from tests.reference.histories import CURRENCIES
from tests.warehouse.building import Warehouse, build_warehouse
from tests.warehouse.comparing import assert_agrees

GRAINS = {
    "fct_dunning_cases": ("case_id",),
    "fct_dunning_attempts": ("event_id",),
    "fct_dunning_monthly": ("month", "dimension", "dimension_value"),
    "fct_dunning_by_attempt": ("dimension", "dimension_value", "attempt_number"),
}
# What dunning is made of and agrees with; the rest of the project would only take its time.
BUILT = ("+path:models/marts/dunning", "+fct_mrr_movements", "+fct_subscription_periods")
GAPS = (timedelta(0), timedelta(0), timedelta(seconds=40), timedelta(hours=11), timedelta(hours=12), timedelta(days=2))


@dataclass(frozen=True)
class Business:
    """A kind of histories, the calendar of the report, and the share of the events that had happened at T."""

    mode: str
    timezone: str
    share: float


def _payments(events: list[Event], generator: random.Random) -> list[Payment]:
    """Around every other event a few attempts of its subscription, some of strangers, some only known later."""
    found: list[Payment] = []
    for number, event in enumerate(generator.sample(events, len(events) // 2)):
        at = event.occurred_at + generator.choice((-1, 1)) * generator.choice(GAPS)
        subscription = generator.choice((*[event.subscription_id] * 9, f"unknown-{number % 20}", None))
        amount, currency = Decimal(generator.choice(("9.99", "4.9950", "120"))), generator.choice(CURRENCIES)
        provider, method = generator.choice((None, "stripe", "apple")), generator.choice((None, "card", "wallet"))
        for attempt in range(generator.choice((1, 1, 2, 4))):
            kind = generator.choice(("failed", "failed", "failed", "succeeded", "succeeded", "refunded"))
            known = generator.choice((None, None, at, at + timedelta(days=9)))
            found.append(
                Payment(
                    event_id=f"p{generator.randrange(10**6)}-{number}-{attempt}",
                    event_type=kind,
                    occurred_at=at,
                    customer_id=generator.choice((event.customer_id, "somebody")),
                    transaction_id=f"t{number}",
                    amount=amount,
                    currency=currency,
                    recorded_at=known,
                    subscription_id=subscription,
                    provider=provider,
                    payment_method=method,
                    failure_code=generator.choice((None, "expired_card", "do_not_honor")) if kind == "failed" else None,
                )
            )
            at += generator.choice(GAPS) + timedelta(days=generator.choice((0, 1, 3)))
    return found


def _write_payments(payments: list[Payment], folder: Path) -> None:
    target = folder / "payment_events"
    target.mkdir(parents=True)
    with (target / "payments.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([field.name for field in fields(Payment)])
        writer.writerows(astuple(payment) for payment in payments)


def _build(folder: Path, as_of: datetime) -> Warehouse:
    """Dunning with what it is made of, and every test of dbt that it must pass."""
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    return build_warehouse(Settings(), folder, as_of=now, select=BUILT)


def _compare(home: Path, seeds: range, business: Business, patch: pytest.MonkeyPatch) -> Warehouse:
    patch.setenv("CHURNIQ_HOME", str(home / "home"))
    patch.setenv("CHURNIQ_TIMEZONE", business.timezone)
    patch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
    generator = random.Random(seeds[0])
    histories = [random_history(seed, mode=business.mode) for seed in seeds]
    events = [event for history in histories for event in history[0]]
    payments = _payments(events, generator)
    _, rates, _ = histories[0]
    as_of = sorted(event.occurred_at for event in events)[int(len(events) * business.share)]
    write_feeds(events, rates, home / "feeds", seed=seeds[0])
    _write_payments(payments, home / "feeds")
    warehouse = _build(home / "feeds", as_of)
    expected = compute_dunning(
        events, rates, payments, as_of=as_of, reporting_currency="EUR", timezone=business.timezone
    )
    for table, grain in GRAINS.items():
        assert expected[table], table
        assert_agrees(warehouse, f"select * from dunning.{table}", grain, expected[table])
    return warehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Random histories with payments, built once with every test of dbt, and found to agree with the reference."""
    with pytest.MonkeyPatch.context() as patch:
        business = Business("wild", "Asia/Kolkata", share=0.93)
        yield _compare(tmp_path_factory.mktemp("dunning"), range(70_000, 70_060), business, patch)


def test_dunning_agrees_with_the_reference(warehouse: Warehouse) -> None:
    """The histories have every way for a case to open and to end, or their agreement would say little."""
    for column, values in {
        "opened_by": {"failed", "grace_entered", "hold_entered", "ended", "lapsed"},
        "outcome": {"recovered", "lost", "open"},
        "stage": {"failed", "grace", "hold"},
        "amount_source": {"payment", "price"},
        "outcome_rule": {"payment", "event", "end_reason", "state_hold", "state_grace", "auto_renew_off", "unresolved"},
    }.items():
        rows = warehouse.rows(f"select distinct {column} as value from dunning.fct_dunning_cases")
        assert {row["value"] for row in rows} >= values, column


def test_some_attempts_came_after_the_event_and_some_failures_are_in_no_case(warehouse: Warehouse) -> None:
    late = warehouse.rows(
        "select count(*) as late from dunning.fct_dunning_cases where outcome_rule = 'event' and received_amount > 0"
    )
    outside = warehouse.rows(
        "select count(*) as outside from core.fct_transactions where event_type = 'failed' "
        "and subscription_id is not null and event_id not in (select event_id from dunning.fct_dunning_attempts)"
    )
    assert late[0]["late"] > 0
    assert outside[0]["outside"] > 0


def test_churn_by_hold_and_by_grace_was_dunned(warehouse: Warehouse) -> None:
    """The integrity test about it was part of the build, and means nothing where there is no such churn."""
    rules = warehouse.rows("select churn_rule, count(*) as rows from revenue.fct_mrr_movements group by all")
    found = {row["churn_rule"]: row["rows"] for row in rules}
    assert found["state_hold"] > 5
    assert found["state_grace"] > 5


@pytest.mark.long
@pytest.mark.parametrize("batch", range(6))
def test_dunning_agrees_with_the_reference_on_many_histories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Rare orders of events are found by numbers alone."""
    business = Business(
        mode=("wild", "realistic")[batch % 2],
        timezone=("UTC", "America/New_York", "Europe/Amsterdam")[batch % 3],
        share=(0.4, 0.7, 0.99)[batch % 3],
    )
    first = 800_000 + 1000 * batch
    _compare(tmp_path, range(first, first + 200), business, monkeypatch)
