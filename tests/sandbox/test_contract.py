"""Every row that the simulator writes keeps the contract of its feed."""

from __future__ import annotations

import re

import polars as pl
import pytest

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Code, Kind
from pipelines.sandbox.simulation import SIMULATED_FEEDS
from tests.sandbox.conftest import Sandbox

STORED = {
    Kind.TEXT: pl.String,
    Kind.JSON: pl.String,
    Kind.TIMESTAMP: pl.Datetime("us"),
    Kind.DATE: pl.Date,
    Kind.MONEY: pl.Decimal(18, 4),
    Kind.INTEGER: pl.Int64,
    Kind.NUMBER: pl.Float64,
    Kind.BOOLEAN: pl.Boolean,
}
CODES = {Code.CURRENCY: re.compile("[A-Z]{3}"), Code.COUNTRY: re.compile("[A-Z]{2}")}
END = "2026-07-01"
# What no simulated sender says: it replaces no subscription by another, and always knows a price.
UNSAID = {"recorded_at", "replaces_subscription_id", "price_unknown"}
# What a visitor does at the checkout on a day is one try.
UNSAID |= {"checkout_id"}

every_feed = pytest.mark.parametrize("feed", sorted(SIMULATED_FEEDS))


@every_feed
def test_columns_are_those_of_the_contract(sandbox: Sandbox, feed: str) -> None:
    columns = sandbox.delivered(feed).columns
    assert set(columns) <= set(FEEDS[feed].column_names)
    assert set(FEEDS[feed].column_names) - set(columns) <= UNSAID


@every_feed
def test_parquet_columns_have_the_final_types(sandbox: Sandbox, feed: str) -> None:
    files = sorted((sandbox.folder / feed).rglob("*.parquet"))
    if feed in {
        "offers",
        "coupons",
        "fx_rates",
        "support_tickets",
        "content_calendar",
        "annotations",
        "price_tests",
        "acquisition_costs",
    }:
        assert not files
        return
    assert files
    for file in files:
        for name, stored in pl.read_parquet_schema(file).items():
            assert stored == STORED[FEEDS[feed].column(name).kind], (file.name, name)


@every_feed
def test_required_values_are_there_and_codes_are_known(sandbox: Sandbox, feed: str) -> None:
    rows = sandbox.delivered(feed)
    for column in FEEDS[feed].columns:
        if column.name not in rows.columns:
            continue
        values = rows[column.name]
        if column.required:
            assert values.null_count() == 0, column.name
        if column.required_for:
            needs = rows.filter(pl.col("event_type").is_in(list(column.required_for)))
            assert needs[column.name].null_count() == 0, column.name
        present = values.drop_nulls().unique().to_list()
        if column.allowed:
            assert set(present) <= set(column.allowed), column.name
        if column.code:
            assert all(CODES[column.code].fullmatch(value) for value in present), column.name
        if column.kind is Kind.MONEY:
            assert all(float(value) >= 0 for value in present), column.name
        assert "" not in present


@every_feed
def test_pairs_of_instants_are_in_order(sandbox: Sandbox, feed: str) -> None:
    rows = sandbox.delivered(feed)
    for first, second in FEEDS[feed].ordered:
        assert rows.filter(pl.col(first) > pl.col(second)).is_empty(), (first, second)


@every_feed
def test_keys_repeat_only_with_the_same_content_and_in_another_file(sandbox: Sandbox, feed: str) -> None:
    key = list(FEEDS[feed].key)
    rows = sandbox.rows(feed)
    if feed == "support_tickets":
        key = [*key, "recorded_at"]
    assert rows.select(key).is_duplicated().sum() == 0
    for file in (sandbox.folder / feed).rglob("*.parquet"):
        assert pl.read_parquet(file, columns=key).is_duplicated().sum() == 0


@pytest.mark.parametrize(
    "feed", ["subscription_events", "payment_events", "customer_events", "journey_events", "engagement_daily"]
)
def test_a_few_rows_are_delivered_twice(sandbox: Sandbox, feed: str) -> None:
    repeated = sandbox.delivered(feed).height - sandbox.rows(feed).height
    assert 0.0005 < repeated / sandbox.rows(feed).height < 0.005


@every_feed
def test_nothing_is_known_before_it_happened_or_after_the_end(sandbox: Sandbox, feed: str) -> None:
    rows = sandbox.delivered(feed)
    if "recorded_at" not in rows.columns:
        return
    assert rows["recorded_at"].cast(pl.String).max() < END  # type: ignore[operator]
    for happened in {"occurred_at", "opened_at", "paid_at", "activity_date", "rate_date"} & set(rows.columns):
        early = rows.filter(pl.col("recorded_at").cast(pl.String) < pl.col(happened).cast(pl.String))
        assert early.is_empty(), happened


@every_feed
def test_the_summary_counts_the_rows(sandbox: Sandbox, feed: str) -> None:
    assert sandbox.summary.rows[feed] == sandbox.delivered(feed).height


@pytest.mark.parametrize("feed", ["subscription_events", "payment_events", "customer_events"])
def test_some_events_arrive_hours_or_days_late_by_store(sandbox: Sandbox, feed: str) -> None:
    rows = sandbox.rows(feed)
    late = (pl.col("recorded_at") - pl.col("occurred_at")).dt.total_hours() >= 2
    if feed == "customer_events":
        assert rows.filter(late).is_empty()
        return
    shares = dict(rows.group_by("provider").agg(late.mean()).iter_rows())
    assert 0 < shares["stripe"] < shares["roku"] < shares["amazon"] < 0.1
