"""The revenue marts against the slow, obviously right implementation, on histories made to be awkward."""

from __future__ import annotations

import csv
import random
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipelines.settings import Settings
from tests.reference import Event, random_history, write_feeds
from tests.reference import revenue_causes as reference
from tests.reference.revenue import mrr_movements
from tests.reference.revenue_causes import Payment
from tests.reference.state import Clock, replay
from tests.warehouse.building import build_warehouse
from tests.warehouse.comparing import assert_agrees

VALUE_COLUMNS = "new_mrr expansion_mrr contraction_mrr churn_mrr reactivation_mrr switched_in_mrr switched_out_mrr"


def random_payments(events: list[Event], generator: random.Random) -> list[Payment]:
    """Payments near events and far from them, some for a window of access, some refunded, disputed or unrelated."""
    found: list[Payment] = []
    for number, event in enumerate(events[::3]):
        at = event.occurred_at + timedelta(hours=generator.choice((0, 0, 0, -1, -12, 2, 13, 24 * 9, 24 * 40)))
        kind = generator.choice(("subscription", "subscription", "pass", None))
        start = at + timedelta(days=generator.choice((-3, 0, 20)), seconds=generator.randint(0, 9))
        amount = Decimal(generator.choice(("9.99", "0.0001", "119.97", "10.0003")))
        paid = Payment(
            event_id=f"p{number}",
            event_type=generator.choice(("succeeded", "succeeded", "succeeded", "failed")),
            occurred_at=at,
            customer_id=event.customer_id,
            transaction_id=f"t{number}",
            amount=amount,
            tax_amount=generator.choice((None, Decimal("0.0001"), (amount / 7).quantize(Decimal("0.0001")))),
            subscription_id=None if kind == "pass" else event.subscription_id,
            product_kind=kind,
            access_start=start if kind == "pass" else None,
            access_end=start + timedelta(days=generator.choice((0, 2, 200)), seconds=1) if kind == "pass" else None,
        )
        found.append(paid)
        reversals = generator.choice(((), (), ("refunded",), ("chargeback", "chargeback_reversed")))
        for step, event_type in enumerate(reversals, start=1):
            found.append(
                Payment(
                    event_id=f"p{number}-{step}",
                    event_type=event_type,
                    occurred_at=at + timedelta(days=8 * step),
                    customer_id=paid.customer_id,
                    transaction_id=generator.choice((f"t{number}", f"t{number}-{step}")),
                    amount=generator.choice((paid.amount, Decimal("0.0002"), Decimal("4.9999"))),
                    original_transaction_id=f"t{number}" if generator.random() < 0.9 else "unheard of",
                    product_kind=generator.choice((kind, None)),
                )
            )
    return found


def _write_payments(payments: list[Payment], folder: Path) -> None:
    target = folder / "payment_events"
    target.mkdir(parents=True)
    with (target / "payments.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(field.name for field in fields(Payment)), "currency"])
        for payment in payments:
            writer.writerow([*("" if value is None else value for value in astuple(payment)), "EUR"])


def _compare(home: Path, seeds: range, mode: str, timezone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(home / "home"))
    monkeypatch.setenv("CHURNIQ_TIMEZONE", timezone)
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
    generator = random.Random(seeds[0])
    histories = [random_history(seed, mode=mode) for seed in seeds]
    events = [event for history in histories for event in history[0]]
    payments = random_payments(events, generator)
    rates = histories[0][1]
    times = sorted(event.occurred_at for event in events)
    as_of: datetime = times[int(len(times) * 0.95)]
    write_feeds(events, rates, home / "feeds", files=3, repeated=0.1, seed=seeds[0])
    _write_payments(payments, home / "feeds")
    warehouse = build_warehouse(
        Settings(),
        home / "feeds",
        as_of=as_of.astimezone(UTC).replace(tzinfo=None),
        select=("+path:models/marts/revenue",),
        # The data tests take as long as the models, and wild histories try them harder.
        with_tests=mode == "wild",
    )
    clock = Clock(as_of.astimezone(UTC), ZoneInfo(timezone))
    subscriptions, _ = replay(events, rates, clock, "EUR")
    movements = mrr_movements(subscriptions, clock)
    causes = reference.subscription_movements(subscriptions, clock)
    grain = ("movement_date", "subscription_id", "cause")
    assert_agrees(warehouse, "select * from revenue.fct_subscription_mrr_movements", grain, causes)
    days = reference.daily(subscriptions, movements, clock)
    assert_agrees(warehouse, "select * from revenue.fct_mrr_daily", ("close_date",), days)
    columns = VALUE_COLUMNS.split()
    for dimension, column in (("offer", "offer_id"), ("channel", "channel"), ("provider", "provider")):
        found = reference.value_movements(subscriptions, movements, column, clock)
        wanted = [
            {"movement_date": day, "dimension_value": value} | {name: row[name] for name in columns}
            for (day, value), row in found.items()
        ]
        moved = " or ".join(f"{name} <> 0" for name in columns)
        query = f"select * from revenue.fct_mrr_daily_by_dimension where dimension = '{dimension}' and ({moved})"
        assert_agrees(warehouse, query, ("movement_date", "dimension_value"), wanted)
    retention = reference.retention_rates(movements, clock)
    assert_agrees(warehouse, "select * from revenue.fct_revenue_metrics_monthly", ("month",), retention)
    earned = reference.recognised(payments, events, subscriptions, clock)
    assert_agrees(warehouse, "select * from revenue.fct_recognised_revenue", ("month", "product_kind"), earned)


@pytest.mark.parametrize(
    ("first_seed", "mode", "timezone"),
    [
        (40_000, "wild", "UTC"),
        pytest.param(50_000, "realistic", "America/New_York", marks=pytest.mark.long),
    ],
)
def test_revenue_marts_agree_with_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first_seed: int, mode: str, timezone: str
) -> None:
    """A cause that takes a discount for a price, or a month that earns a cent twice, looks plausible on every page."""
    _compare(tmp_path, range(first_seed, first_seed + (30 if mode == "wild" else 10)), mode, timezone, monkeypatch)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(8))
def test_revenue_marts_agree_with_the_reference_on_many_histories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Rare orders of events are found by numbers alone."""
    mode = ("wild", "realistic")[batch % 2]
    timezone = ("UTC", "Europe/Amsterdam", "Asia/Kolkata")[batch % 3]
    first = 500_000 + 1000 * batch
    _compare(tmp_path, range(first, first + 120), mode, timezone, monkeypatch)
