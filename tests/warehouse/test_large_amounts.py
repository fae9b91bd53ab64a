"""Amounts as large as the contract allows, through every model and its checks: sums are exact, and nothing overflows.

Belongs here: sizes of money. Does not belong here: rules of state and movements (``tests.reference``).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.lake.contents import payment, start
from tests.warehouse.building import Warehouse, build_warehouse

LARGEST = Decimal("99999999999999.9999")
RATE = Decimal("53123.456789")


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _feeds(folder: Path) -> Path:
    """Two customers who pay the largest amount a month, a week and a day, with payments of every kind and a payout."""
    subscriptions: list[dict[str, Any]] = []
    payments: list[dict[str, Any]] = []
    priced = {"amount": LARGEST, "currency": "KWD", "offer_id": "basic", "provider": "stripe"}
    for customer in ("a", "b"):
        for interval in ("month", "week", "day"):
            name = f"{customer}-{interval}"
            period = {"occurred_at": "2025-01-10T09:00:00Z", "period_end": "2025-03-10T09:00:00Z"}
            more = {**priced, **period, "billing_interval": interval, "subscription_id": name, "customer_id": customer}
            subscriptions.append(start(f"started-{name}", **more))
        for event_type, day in (("succeeded", "10"), ("succeeded", "11"), ("failed", "12"), ("refunded", "13")):
            paid = {"occurred_at": f"2025-01-{day}T09:00:00Z", "customer_id": customer, "fee_amount": LARGEST}
            name = f"{event_type}-{customer}-{day}"
            of = {"subscription_id": f"{customer}-month", "transaction_id": name, "tax_amount": "0.0001"}
            payments.append(payment(name, event_type=event_type, **{**priced, **paid, **of}))
    listed = '["succeeded-a-10", "succeeded-b-10", "refunded-a-13"]'
    known = {"recorded_at": "2025-02-20T00:00:00Z", "paid_at": "2025-02-01T00:00:00Z"}
    payout = {"payout_id": "p", "provider": "stripe", "currency": "KWD", "amount": LARGEST, "transaction_ids": listed}
    write_rows(folder / "subscription_events" / "a.csv", subscriptions)
    write_rows(
        folder / "payment_events" / "a.csv",
        [*payments, payment("late", **{**priced, "amount": 1, "occurred_at": "2025-02-20T00:00:00Z"})],
    )
    write_rows(folder / "payouts" / "a.csv", [{**payout, **known}])
    write_rows(
        folder / "fx_rates" / "a.csv",
        [
            {"rate_date": "2025-01-01", "currency": "KWD", "rate_to_reporting": RATE},
        ],
    )
    return folder


@pytest.mark.long
def test_totals_of_the_largest_amounts_are_exact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An MRR of ten thousand million rupiah ended every build in a conversion error.

    So did two amounts that the contract allows and their sum, in whatever mart they met.
    """
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "IDR")
    warehouse: Warehouse = build_warehouse(Settings(), _feeds(tmp_path / "feeds"))
    each = sum(_rounded(LARGEST * RATE * factor / 12) for factor in (12, 52, 365))
    months = warehouse.rows("select closing_mrr, new_mrr from revenue.fct_mrr_monthly order by month")
    assert months[0] == {"closing_mrr": 2 * each, "new_mrr": 2 * each}
    variants = warehouse.rows(
        "select variant_value from conventions.fct_metric_variants where metric = 'mrr' and convention = 'default' "
        "and month = date '2025-01-01'"
    )
    assert variants == [{"variant_value": 2 * each}]
    (metrics,) = warehouse.rows(
        "select annual_recurring_revenue from revenue.fct_revenue_metrics_monthly order by month limit 1"
    )
    assert metrics == {"annual_recurring_revenue": 24 * each}
    customers = warehouse.rows(
        "select current_mrr, lifetime_revenue from core.dim_customers where customer_id in ('a', 'b')"
    )
    net = _rounded((LARGEST - Decimal("0.0001")) * RATE)
    assert customers == [{"current_mrr": each, "lifetime_revenue": net}] * 2
    (paid,) = warehouse.rows(
        "select gross_amount, refunded_amount, gross_reporting, revenue_reporting from revenue.fct_payments_monthly "
        "where month = date '2025-01-01'"
    )
    assert paid == {
        "gross_amount": 4 * LARGEST,
        "refunded_amount": -2 * LARGEST,
        "gross_reporting": 4 * _rounded(LARGEST * RATE),
        "revenue_reporting": 2 * net,
    }
    recognised = warehouse.rows("select received_revenue from revenue.fct_recognised_revenue order by month")
    assert recognised[0] == {"received_revenue": 2 * net}
    (settled,) = warehouse.rows("select * from revenue.fct_payout_reconciliation")
    assert settled["transactions_gross_amount"] == LARGEST
