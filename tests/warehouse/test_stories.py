"""Short stories through ingest and every model: the worked example, delivery order, and knowledge as of then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.reference import random_history, write_feeds
from tests.warehouse.building import Row, Warehouse, build_warehouse

MARTS = (
    "core.dim_customers",
    "core.fct_subscriptions",
    "core.fct_subscription_periods",
    "core.fct_entitlements",
    "revenue.fct_mrr_movements",
    "revenue.fct_mrr_monthly",
    "retention.fct_cohort_retention",
    "retention.fct_survival",
    "ops.sequence_anomalies",
)
WORKED_EXAMPLE = Path(__file__).parents[2] / "data" / "worked_example"
BUILT = tuple(f"+{table.split('.')[1]}" for table in MARTS)


def _marts(warehouse: Warehouse) -> dict[str, list[Row]]:
    return {table: warehouse.rows(f"select * from {table} order by all") for table in MARTS}


def _home(path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CHURNIQ_HOME", str(path))
    return Settings()


def test_the_worked_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The definitions' own story, to the last digit: discount end, refund, hold, recovery, plan change, quiet end."""
    warehouse = build_warehouse(_home(tmp_path / "home", monkeypatch), WORKED_EXAMPLE, select=BUILT)
    movements = warehouse.rows(
        "select movement_date, movement_type, mrr_change, churn_kind, churn_rule "
        "from revenue.fct_mrr_movements order by movement_date"
    )
    assert [tuple(row.values()) for row in movements] == [
        (date(2025, 1, 10), "new", Decimal("4.9950"), None, None),
        (date(2025, 3, 10), "expansion", Decimal("4.9950"), None, None),
        (date(2025, 4, 17), "churn", Decimal("-9.9900"), "involuntary", "state_hold"),
        (date(2025, 4, 20), "reactivation", Decimal("9.9900"), None, None),
        (date(2025, 5, 1), "contraction", Decimal("-1.6650"), None, None),
        (date(2026, 5, 1), "churn", Decimal("-8.3250"), "voluntary", "auto_renew_off"),
    ]


@pytest.mark.long
def test_delivery_order_and_repetition_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores deliver late, twice and unordered; a table that depends on it differs between two environments."""
    histories = [random_history(seed) for seed in range(500, 540)]
    events = [event for history in histories for event in history[0]]
    _, rates, as_of = histories[0]
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    built = []
    for number, halves in enumerate(([events], [events[1::2], events[::3], events])):
        paths = [tmp_path / f"order{number}" / str(part) for part in range(len(halves))]
        for path, half in zip(paths, halves, strict=True):
            write_feeds(half, rates, path, files=3, repeated=0.3 * number, seed=number)
        settings = _home(tmp_path / f"home{number}", monkeypatch)
        # Once everything with every test, for these histories are wilder than those of any other whole build.
        again = number > 0
        select = BUILT if again else ()
        built.append(_marts(build_warehouse(settings, *paths, as_of=now, select=select, with_tests=not again)))
    for table in MARTS:
        if built[0][table] != built[1][table]:
            pytest.fail(f"{table} depends on the order of delivery")


def test_as_of_then_equals_the_build_made_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the board saw in spring must be there in autumn, whatever arrived since."""
    histories = [random_history(seed, mode="realistic") for seed in range(600, 630)]
    events = [event for history in histories for event in history[0]]
    known = sorted(event.recorded_at or event.occurred_at for event in events)
    then = known[len(known) // 2]
    early = [event for event in events if (event.recorded_at or event.occurred_at) <= then]
    rates = [rate for rate in histories[0][1] if rate.recorded_at is None or rate.recorded_at <= then]
    write_feeds(early, rates, tmp_path / "early")
    write_feeds(events, histories[0][1], tmp_path / "all")
    now = then.astimezone(UTC).replace(tzinfo=None)
    built = []
    for name, deliveries in (("then", ["early"]), ("now", ["early", "all"])):
        paths = [tmp_path / delivery for delivery in deliveries]
        settings = _home(tmp_path / name, monkeypatch)
        built.append(_marts(build_warehouse(settings, *paths, as_of=now, select=BUILT, with_tests=False)))
    made_then, looking_back = built
    for table in MARTS:
        if made_then[table] != looking_back[table]:
            pytest.fail(f"{table} as of {now} is not what was built then")


def test_passes_are_revenue_but_never_recurring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A season pass once counted as twelve months of MRR."""
    payments = tmp_path / "feeds" / "payment_events" / "passes.csv"
    payments.parent.mkdir(parents=True)
    day = datetime(2025, 3, 1)  # noqa: DTZ001 - written without an offset on purpose
    payments.write_text(
        "event_id,event_type,occurred_at,customer_id,transaction_id,amount,tax_amount,currency,product_kind,"
        "offer_id,access_start,access_end\n"
        f"p1,succeeded,{day},c,t1,60.00,10.00,EUR,pass,P1,{day},{day + timedelta(days=90)}\n"
        f"p2,refunded,{day + timedelta(days=2)},c,t1,12.00,2.00,EUR,pass,P1,,\n"
    )
    warehouse = build_warehouse(_home(tmp_path / "home", monkeypatch), tmp_path / "feeds", select=BUILT)
    customer = warehouse.rows("select * from core.dim_customers")[0]
    assert (customer["current_mrr"], customer["lifetime_revenue"], customer["status"]) == (0, Decimal(40), "registered")
    assert warehouse.rows("select kind, offer_id from core.fct_entitlements") == [{"kind": "pass", "offer_id": "P1"}]
    assert warehouse.rows("select * from revenue.fct_mrr_movements") == []
