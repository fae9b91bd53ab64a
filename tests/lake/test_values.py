"""What text and numbers mean, in every type a format has for them; instants have tests of their own."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from pipelines.settings import Settings
from tests.conftest import Row, write_rows
from tests.lake.contents import accepted, cancellation, deliver, payment, quarantined, read_values, start

INVALID, OUT_OF_RANGE, NEGATIVE, MISSING = "invalid", "out_of_range", "negative", "missing"

AMOUNTS = {
    "9.99": "9.9900",
    "9.9999": "9.9999",
    "9.999900": "9.9999",
    "0": "0.0000",
    "-0": "0.0000",
    "+5": "5.0000",
    "5.": "5.0000",
    ".5": "0.5000",
    "007.50": "7.5000",
    "99999999999999.9999": "99999999999999.9999",
    "9.99999": INVALID,
    "100000000000000": INVALID,
    "1e2": INVALID,
    "NaN": INVALID,
    "inf": INVALID,
    "-inf": INVALID,
    "1,50": INVALID,
    "1 000": INVALID,
    "1_000": INVALID,
    "€5": INVALID,
    " 5": "5.0000",
    "5\t": "5.0000",
    "\u00a05.25 ": "5.2500",
    " 5 5 ": INVALID,
    "0x10": INVALID,
    "\u0663": INVALID,
    ".": INVALID,
    "--1": INVALID,
    "-0.0001": NEGATIVE,
    "-1": NEGATIVE,
}


def test_money_in_text(settings: Settings, tmp_path: Path) -> None:
    """A fifth decimal was rounded away, and the books of a year differed by a cent that nobody could find."""
    path = tmp_path / "payment_events" / "a.csv"
    assert read_values(settings, path, "amount", list(AMOUNTS), payment("")) == AMOUNTS


def test_money_in_json(settings: Settings, tmp_path: Path) -> None:
    """Amounts sent as JSON numbers passed through a binary float on their way into a decimal."""
    expected = {
        "9.99": "9.9900",
        '"9.99"': "9.9900",
        "5": "5.0000",
        "1e2": "100.0000",
        "1.5E1": "15.0000",
        "-0.0": "0.0000",
        "99999999999999.9999": "99999999999999.9999",
        "12345678901234.1234": "12345678901234.1234",
        '"12345678901234.1234"': "12345678901234.1234",
        "9007199254740993": INVALID,
        "9.99999": INVALID,
        "0.30000000000000004": INVALID,
        "1e-5": INVALID,
        "NaN": INVALID,
        "Infinity": INVALID,
        "1e400": INVALID,
        "true": INVALID,
        '"1e2"': INVALID,
        "[9.99]": INVALID,
        '{"value": 9.99}': INVALID,
        "-1": NEGATIVE,
        "null": MISSING,
        '""': MISSING,
    }
    path = tmp_path / "payment_events" / "a.jsonl"
    assert read_values(settings, path, "amount", list(expected), payment("")) == expected


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            pa.float64(),
            {9.99: "9.9900", 0.1 + 0.2: INVALID, 1e15: INVALID, math.inf: INVALID, -1.0: NEGATIVE, 1e-5: INVALID},
        ),
        (pa.float32(), {9.99: "9.9900"}),
        (pa.int64(), {9: "9.0000", -1: NEGATIVE, 99_999_999_999_999: "99999999999999.0000", 10**17: INVALID}),
        (pa.uint8(), {9: "9.0000"}),
        (pa.decimal128(9, 2), {Decimal("9.99"): "9.9900", Decimal("-1"): NEGATIVE}),
        (
            pa.decimal128(38, 10),
            {Decimal("9.9999000000"): "9.9999", Decimal("9.99991"): INVALID, Decimal("12345678901234567"): INVALID},
        ),
        (pa.string(), {"9.99": "9.9900", "": MISSING}),
        (pa.bool_(), {True: INVALID}),
    ],
    ids=str,
)
def test_money_in_parquet(kind: pa.DataType, values: dict[Any, str], settings: Settings, tmp_path: Path) -> None:
    """A data frame's 9.99 was stored as 9.9900000000000002, or refused for it."""
    rows = [payment(f"e{number}") for number in range(len(values))]
    table = pa.Table.from_pylist(rows).drop(["amount"]).append_column("amount", pa.array(list(values), kind))
    path = tmp_path / "payment_events" / "a.parquet"
    path.parent.mkdir()
    pyarrow.parquet.write_table(table, path)
    deliver(settings, path)
    stored = accepted(settings, "payment_events", "event_id, cast(amount as varchar) as amount")
    found = {row["event_id"]: row["amount"] for row in stored}
    found |= {f"e{row['row_number'] - 1}": row["reason"].removesuffix(":amount") for row in quarantined(settings)}
    assert [found[f"e{number}"] for number in range(len(values))] == list(values.values())


def test_days_numbers_and_rates(settings: Settings, tmp_path: Path) -> None:
    """A device reported NaN minutes, and the average of the market was NaN."""
    day = {"customer_id": "c", "activity_date": "2025-01-01", "minutes_watched": "1.5", "sessions": "2"}
    write_rows(
        tmp_path / "engagement_daily" / "a.csv",
        [
            day,
            {**day, "activity_date": "2025-01-02T00:00:00Z", "minutes_watched": "1e1", "sessions": "2.0"},
            {**day, "activity_date": "2025-01-03T10:00:00Z"},
            {**day, "activity_date": "infinity"},
            {**day, "activity_date": "9999-12-31"},
            {**day, "minutes_watched": "nan"},
            {**day, "minutes_watched": "-1"},
            {**day, "sessions": "2.5"},
            {**day, "minutes_watched": ""},
        ],
    )
    table = pa.table(
        {
            "customer_id": ["p", "q"],
            "activity_date": [date(2025, 1, 4)] * 2,
            "minutes_watched": pa.array([0.1, math.nan], pa.float32()),
        }
    )
    pyarrow.parquet.write_table(table, tmp_path / "engagement_daily" / "b.parquet")
    deliver(settings, tmp_path)
    columns = "customer_id, cast(activity_date as varchar) as day, minutes_watched, sessions"
    assert [tuple(row.values()) for row in accepted(settings, "engagement_daily", columns)] == [
        ("c", "2025-01-01", 1.5, 2),
        ("c", "2025-01-02", 10.0, 2),
        ("p", "2025-01-04", 0.1, None),
    ]
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [
        (3, "invalid:activity_date"),
        (4, "invalid:activity_date"),
        (5, "out_of_range:activity_date"),
        (6, "invalid:minutes_watched"),
        (7, "out_of_range:minutes_watched"),
        (8, "invalid:sessions"),
        (9, "missing:minutes_watched"),
        (2, "invalid:minutes_watched"),
    ]


def test_rates_are_positive_and_exact(settings: Settings, tmp_path: Path) -> None:
    """A rate of 0 made a whole market's revenue vanish."""
    texts = {"1.0869": True, "1e-05": True, "0": False, "-1": False, "1e-15": False, "NaN": False, "": False}
    rate = {"rate_date": "2025-01-01", "currency": "USD"}
    deliver(settings, write_rows(tmp_path / "fx_rates" / "a.csv", [{**rate, "rate_to_reporting": t} for t in texts]))
    assert [row["rate_to_reporting"] for row in accepted(settings, "fx_rates", "rate_to_reporting")] == [
        Decimal("0.000010000000"),
        Decimal("1.086900000000"),
    ]
    assert len(quarantined(settings)) == 5


def test_rules_of_the_contract(settings: Settings, tmp_path: Path) -> None:
    """A typo in an event type was loaded and then ignored by every model without a word."""
    cases: dict[str, Row] = {
        "not_allowed:event_type": start("a", event_type="Started"),
        "missing:event_type": start("a", event_type=""),
        "missing:event_id": start(""),
        "missing:customer_id": start("a", customer_id=None),
        "missing:amount": start("a", amount=""),
        "missing:currency": start("a", currency=""),
        "missing:billing_interval": start("a", billing_interval=""),
        "not_allowed:currency": start("a", currency="eur"),
        "not_allowed:country": start("a", country="NLD"),
        "not_allowed:billing_interval": start("a", billing_interval="fortnight"),
        "out_of_range:billing_interval_count": start("a", billing_interval_count="0"),
        "invalid:billing_interval_count": start("a", billing_interval_count="one"),
        "negative:discount_amount": start("a", discount_amount="-1"),
        "not_allowed:end_reason": start("a", event_type="ended", end_reason="bored"),
        "order:period_start>period_end": start("a", period_start="2025-02-01", period_end="2025-01-01"),
    }
    result = deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", list(cases.values())))
    (sentence,) = result.unreadable
    assert f"not one of its {len(cases)} rows was loaded" in sentence
    assert [row["reason"] for row in quarantined(settings)] == list(cases)


def test_booleans_and_json(settings: Settings, tmp_path: Path) -> None:
    """Consent written as 'yes' was read as none, and as 'no' too."""
    customer = {"event_type": "consent_changed", "occurred_at": "2025-01-01", "customer_id": "c"}
    words = {"true": True, "T": True, "1": True, "Yes": True, "false": False, "0": False, "n": False, "": None}
    write_rows(
        tmp_path / "customer_events" / "a.csv",
        [{**customer, "event_id": word or "none", "marketing_consent": word} for word in [*words, "maybe"]],
    )
    payout = {"provider": "p", "paid_at": "2025-01-01", "currency": "EUR", "amount": "1"}
    lists = {"a": '["t1", "t2"]', "b": '["t1"', "c": ""}
    write_rows(
        tmp_path / "payouts" / "a.csv", [{**payout, "payout_id": k, "transaction_ids": v} for k, v in lists.items()]
    )
    deliver(settings, tmp_path)
    consents = accepted(settings, "customer_events", "event_id, marketing_consent")
    assert {row["event_id"]: row["marketing_consent"] for row in consents} == {w or "none": v for w, v in words.items()}
    assert [row["transaction_ids"] for row in accepted(settings, "payouts", "payout_id, transaction_ids")] == [
        '["t1","t2"]',
        None,
    ]
    assert sorted(row["reason"] for row in quarantined(settings)) == [
        "invalid:marketing_consent",
        "invalid:transaction_ids",
    ]


def test_when_nothing_is_said_of_knowledge_it_is_the_event_time(settings: Settings, tmp_path: Path) -> None:
    """Events without ``recorded_at`` were left out of every build as of a day."""
    event = cancellation("a", occurred_at="2025-01-01T10:00:00+02:00", recorded_at="")
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", [event]))
    (row,) = accepted(settings, "subscription_events", "recorded_at")
    assert row["recorded_at"].replace(tzinfo=UTC) == datetime(2025, 1, 1, 8, tzinfo=UTC)


def test_an_object_is_no_text(settings: Settings, tmp_path: Path) -> None:
    """A sender began to nest the customer, and every customer's id was a piece of JSON from then on."""
    expected = {
        '{"a": 1}': INVALID,
        '["c1"]': INVALID,
        "{}": INVALID,
        "[]": INVALID,
        '"{}"': "{}",
        '"{\\"a\\":1}"': '{"a":1}',
        '"[c1]"': "[c1]",
        '""': MISSING,
        "null": MISSING,
        "17": "17",
        '"c1"': "c1",
    }
    path = tmp_path / "subscription_events" / "a.jsonl"
    found = read_values(settings, path, "customer_id", list(expected), cancellation(""))
    assert found == expected


def test_an_array_stays_where_the_contract_has_json(settings: Settings, tmp_path: Path) -> None:
    """The transactions of a payout are a list, whatever a text may be."""
    payout: Row = {"payout_id": "p", "provider": "x", "paid_at": "2025-01-01", "currency": "EUR", "amount": "2"}
    payout["transaction_ids"] = ["t1", "t2"]
    deliver(settings, write_rows(tmp_path / "payouts" / "a.jsonl", [payout]))
    assert [row["transaction_ids"] for row in accepted(settings, "payouts")] == ['["t1","t2"]'], quarantined(settings)
