"""The ``payment_events`` feed, and the delivered payments that payouts add up.

Belongs here: its columns and ids. Does not belong here: the payments themselves (``billing``, ``purchases``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract.vocabulary import PRODUCT_KINDS
from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.feeds.columns import delivered, identifier, money, name_of, timestamp
from pipelines.sandbox.feeds.files import write_monthly
from pipelines.sandbox.ledger import FAILURE_CODES, NONE, PAYMENT_TYPES
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.purchases import products


def delivered_payments(history: History, rng: np.random.Generator) -> pl.DataFrame:
    """The payments that were recorded within the window, numbered in the order of their time.

    Adds ``number`` (behind the ids), ``original_number`` (-1 for none), ``recorded``, ``currency``, ``country``.
    """
    people = history.people
    payments = history.payments.with_row_index("row").sort("at", "row").with_row_index("number")
    payments = payments.with_columns(pl.col("row", "number").cast(pl.Int64))
    number_of_row = np.empty(payments.height + 1, dtype=np.int64)
    number_of_row[payments["row"].to_numpy()] = payments["number"].to_numpy()
    number_of_row[NONE] = NONE
    customer = payments["customer"].to_numpy()
    return payments.with_columns(
        recorded=pl.Series(delivered(rng, payments["at"].to_numpy(), payments["provider"].to_numpy())),
        original_number=pl.Series(number_of_row[payments["original"].to_numpy()]),
        currency=pl.Series(people.currency[customer]),
        country=pl.Series(people.country[customer]),
    ).filter(pl.col("recorded") < history.window.end)


def write(history: History, payments: pl.DataFrame, rng: np.random.Generator, folder: Path) -> int:
    """Write the feed; returns the rows written, repeated ones included."""
    shop = products(history.window)
    offer_names = [offer.offer_id for offer in catalogue.OFFERS]
    frame = payments.sort("recorded", "number").select(
        event_id=identifier("pe-", pl.col("number"), 9),
        event_type=name_of(pl.col("type"), PAYMENT_TYPES),
        occurred_at=timestamp(pl.col("at")),
        customer_id=identifier("C", pl.col("customer")),
        transaction_id=identifier("T", pl.col("number"), 9),
        amount=money(pl.col("gross")),
        currency=name_of(pl.col("currency"), markets.CURRENCIES),
        recorded_at=timestamp(pl.col("recorded")),
        subscription_id=identifier("S", pl.col("subscription")),
        offer_id=pl.coalesce(
            name_of(pl.col("offer"), offer_names), name_of(pl.col("product"), [row.offer_id for row in shop])
        ),
        product_kind=name_of(pl.col("kind"), PRODUCT_KINDS),
        tax_amount=money(pl.col("tax")),
        fee_amount=money(pl.col("fee")),
        provider=name_of(pl.col("provider"), markets.PROVIDER_NAMES),
        payment_method=name_of(pl.col("method"), markets.METHODS),
        failure_code=name_of(pl.col("failure"), FAILURE_CODES),
        attempt=pl.when(pl.col("attempt") > 0).then(pl.col("attempt")),
        original_transaction_id=identifier("T", pl.col("original_number"), 9),
        access_start=timestamp(pl.col("access_start")),
        access_end=timestamp(pl.col("access_end")),
        country=name_of(pl.col("country"), [country.code for country in markets.COUNTRIES]),
        channel=name_of(pl.col("provider"), [provider.channel for provider in markets.PROVIDERS]),
        coupon_code=name_of(pl.col("coupon"), catalogue.COUPON_CODES),
    )
    return write_monthly(frame, "payment_events", folder, rng)
