"""The ``payouts`` feed: what each provider pays out each week for the payments of that week.

Belongs here: adding payments up to payouts. Does not belong here: the payments (``payment_events``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox import markets
from pipelines.sandbox.feeds.columns import identifier, money, name_of, timestamp
from pipelines.sandbox.feeds.files import write_parquet
from pipelines.sandbox.ledger import PAYMENT
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import DAY, HOUR, Integers

WEEK = 7 * DAY
_MONDAY = 4 * DAY
"""1970-01-05 was a Monday."""

PAID_AFTER = 2 * DAY + 9 * HOUR
"""A week is paid out on the Wednesday after it, at nine."""

_SIGN = {"succeeded": 1, "chargeback_reversed": 1, "refunded": -1, "chargeback": -1}


def write(history: History, payments: pl.DataFrame, folder: Path) -> int:
    """Write the feed; returns the rows.

    A payout is the sum of its transactions: succeeded and reversed chargebacks, less refunds, chargebacks and
    fees. A week that would come out negative is carried into the next week of that provider and currency.
    """
    sign = pl.col("type").replace_strict(
        {PAYMENT[name]: value for name, value in _SIGN.items()}, default=0, return_dtype=pl.Int64
    )
    moved = payments.filter(sign != 0).with_columns(
        week=(pl.col("at") - _MONDAY) // WEEK, net=sign * pl.col("gross") - pl.col("fee")
    )
    keys = ["provider", "currency", "week"]
    weeks = moved.group_by(keys).agg(pl.col("net").sum()).sort(keys)
    carried = weeks.with_columns(
        paid_week=pl.Series(_carry(*(weeks[name].to_numpy() for name in (*keys, "net"))), dtype=pl.Int64)
    )
    paid = (
        moved.join(carried.select(*keys, "paid_week"), on=keys, how="left")
        .with_columns(paid_at=pl.col("paid_week") * WEEK + _MONDAY + WEEK + PAID_AFTER)
        .filter((pl.col("paid_week") >= 0) & (pl.col("paid_at") < history.window.end))
        .sort("provider", "currency", "paid_week", "number")
        .group_by("paid_at", "provider", "currency", maintain_order=True)
        .agg(
            pl.col("net").sum(),
            pl.col("fee").sum(),
            ids=identifier("T", pl.col("number"), 9).str.join('","'),
        )
        .sort("paid_at", "provider", "currency")
        .with_row_index("number")
    )
    frame = paid.select(
        payout_id=identifier("PO", pl.col("number").cast(pl.Int64), 6),
        provider=name_of(pl.col("provider"), markets.PROVIDER_NAMES),
        paid_at=timestamp(pl.col("paid_at")),
        currency=name_of(pl.col("currency"), markets.CURRENCIES),
        amount=money(pl.col("net")),
        transaction_ids=pl.lit('["') + pl.col("ids") + pl.lit('"]'),
        fee_amount=money(pl.col("fee")),
        recorded_at=timestamp(pl.col("paid_at")),
    )
    write_parquet(frame, folder / "payouts" / "payouts.parquet")
    return frame.height


def _carry(provider: Integers, currency: Integers, week: Integers, net: Integers) -> Integers:
    """The week in which each week is paid out: its own, or the first later one that brings the sum above 0.

    -1 where no such week comes. One step a provider, currency and week, so a loop is small.
    """
    paid_week = np.full(len(week), -1, dtype=np.int64)
    waiting, total = 0, 0
    for index in range(len(week)):
        if index and (provider[index], currency[index]) != (provider[index - 1], currency[index - 1]):
            waiting, total = index, 0
        total += int(net[index])
        if total > 0:
            paid_week[waiting : index + 1] = week[index]
            waiting, total = index + 1, 0
    return paid_week
