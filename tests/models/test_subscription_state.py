"""The vectorised state of subscriptions against the plain loop of the reference, on random streams of events."""

from __future__ import annotations

import importlib.util
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from synthetic import AS_OF, make_inputs

from models.inputs import ScoringInputs, number_of_day
from models.knowledge import gather
from models.subscription_state import STATUS_OF_TYPE, main_subscriptions, subscription_states

TYPES = [*STATUS_OF_TYPE, "plan_changed", "cancel_scheduled", "cancel_reverted"]
WEIGHTS = {"renewed": 6, "cancel_scheduled": 3, "cancel_reverted": 2, "grace_entered": 2}
START = datetime.fromisoformat("2024-01-01T00:00:00")
PRICED = ("trial_started", "started", "trial_converted", "renewed", "plan_changed")


def reference() -> ModuleType:
    path = Path(__file__).parents[1] / "reference" / "state.py"
    if not path.is_file():
        pytest.skip("the reference implementation of the house definitions (tests/reference/state.py) is absent")
    spec = importlib.util.spec_from_file_location("reference_state", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def random_events(subscriptions: int, seed: int) -> pl.DataFrame:
    """Streams in no sensible order: doubled openings, ends before starts, late news, periods that lapse."""
    random = np.random.default_rng(seed)
    weights = np.array([WEIGHTS.get(kind, 1) for kind in TYPES], dtype=float)
    rows = []
    for number in range(subscriptions):
        at = START
        for _ in range(int(random.integers(1, 14))):
            at += timedelta(hours=int(random.integers(0, 24 * 25) * random.choice([1, 1, 1, 2.5])))
            kind = str(random.choice(TYPES, p=weights / weights.sum()))
            late = timedelta(hours=int(random.choice([0, 0, 0, 5, 24 * 9])))
            period_end = at + timedelta(hours=int(random.integers(24, 24 * 40))) if random.random() < 0.5 else None
            discounted = kind in PRICED and random.random() < 0.3
            rows.append(
                {
                    "event_id": f"e{len(rows):06}",
                    "event_type": kind,
                    "occurred_at": at,
                    "recorded_at": at + late,
                    "customer_id": f"c{number // 2}" if random.random() < 0.97 else "another",
                    "subscription_id": f"s{number:04}",
                    "offer_id": str(random.choice(["basic", "plus"])) if random.random() < 0.5 else None,
                    "amount": float(random.choice([9.99, 14.99])) if kind in PRICED else None,
                    "discount_amount": float(random.choice([5.0, 20.0])) if discounted else None,
                    "discount_ends_at": at + timedelta(days=int(random.integers(0, 60))) if discounted else None,
                    "currency": "EUR" if kind in PRICED else None,
                    "billing_interval": str(random.choice(["week", "month", "year"])) if kind in PRICED else None,
                    "billing_interval_count": 1,
                    "period_end": period_end,
                    "channel": None,
                    "provider": None,
                    "coupon_code": None,
                }
            )
    money, moment = pl.Decimal(18, 4), pl.Datetime("us")
    types = {"amount": money, "discount_amount": money, "discount_ends_at": moment, "period_end": moment}
    texts = dict.fromkeys(("channel", "provider", "coupon_code"), pl.String())
    return pl.DataFrame(rows, schema_overrides={**types, **texts}, infer_schema_length=None)


def inputs_of(events: pl.DataFrame) -> ScoringInputs:
    empty = make_inputs(customers=5, history_days=60)
    paying = events.select(
        pl.col("customer_id").unique(),
        valid_from=START.date(),
        valid_to=pl.lit(None, pl.Date),
        mrr=pl.lit(9.99).cast(pl.Decimal(18, 4)),
    )
    return ScoringInputs(
        paying=paying,
        subscription_events=events,
        payment_events=empty.payment_events.head(0),
        engagement_daily=empty.engagement_daily.head(0),
        support_tickets=empty.support_tickets,
        customers=empty.customers.head(0),
        as_of=AS_OF,
        lapse_days=(35, 60),
    )


def aware(row: dict[str, object]) -> dict[str, object]:
    return {key: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for key, value in row.items()}


@pytest.mark.parametrize("day", [date(2024, 2, 10), date(2024, 4, 20), date(2024, 7, 1), date(2024, 12, 1)])
def test_states_are_those_of_the_reference_at_the_close_of_the_day(day: date) -> None:
    plain = reference()
    events = random_events(subscriptions=400, seed=day.toordinal())
    inputs = inputs_of(events)
    known = gather(inputs)
    states = subscription_states(known.subscription_events, number_of_day(day), inputs.close_of(day), (35, 60))
    states = states.join(known.subscriptions, on="subscription")
    closes_at = (inputs.close_of(day) - timedelta(microseconds=1)).replace(tzinfo=UTC)
    clock = plain.Clock(closes_at, ZoneInfo("UTC"))
    replayed, _ = plain.replay([plain.Event(**aware(row)) for row in events.iter_rows(named=True)], [], clock, "EUR")
    expected = {item.subscription_id: (item.state_at(closes_at), item.mrr_at(closes_at)) for item in replayed}
    assert len(expected) > 200

    found = {row["subscription_id"]: row for row in states.iter_rows(named=True)}
    for name, (state, mrr) in expected.items():
        row = found[name]
        assert (row["status"], row["live"]) == (state.status, mrr > 0), name
        if state.status == "ended":
            continue
        assert (row["auto_renew"], row["offer_id"]) == (state.auto_renew, state.offer_id), name
        if state.period_end is not None:
            assert row["days_to_period_end"] == (state.period_end.date() - day).days, name
        if mrr > 0:
            assert row["monthly_price"] * (1 - row["discount_share"]) == pytest.approx(float(mrr), abs=1e-4), name
    never_opened = [row for name, row in found.items() if name not in expected]
    assert not any(row["live"] for row in never_opened)


def test_the_main_subscription_is_live_then_dearest_then_first_by_name() -> None:
    states = pl.DataFrame(
        [
            (1, 0, False, 99.0, 0.0),
            (2, 0, True, 10.0, 0.5),
            (3, 0, True, 8.0, 0.0),
            (4, 0, True, 8.0, 0.0),
            (5, 1, False, None, 0.0),
        ],
        schema=["subscription", "customer", "live", "monthly_price", "discount_share"],
        orient="row",
    )
    chosen = main_subscriptions(states)
    assert chosen["subscription"].to_list() == [3, 5]
    assert chosen["live_subscriptions"].to_list() == [3, 0]
