"""What becomes of a sender's row that makes several canonical ones: all or nothing, once, in whatever format."""

from __future__ import annotations

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.sources import SOURCES, find_source
from tests.conftest import SHARED_DATA, Row, write_bytes, write_rows
from tests.lake.contents import accepted, account_of, deliver, quarantined, total


def transaction(**fields: Any) -> Row:
    """A purchase of a month as KKBox exports it."""
    return {
        "msno": "m1",
        "payment_method_id": "41",
        "payment_plan_days": "30",
        "plan_list_price": "149",
        "actual_amount_paid": "149",
        "is_auto_renew": "1",
        "transaction_date": "20160101",
        "membership_expire_date": "20160201",
        "is_cancel": "0",
        **fields,
    }


def period(**fields: Any) -> Row:
    """A period of a migration export."""
    return {
        "subscription_id": "1",
        "customer_id": "c",
        "start_date": "2025-01-01",
        "end_date": "2025-03-01",
        "monthly_amount": "50",
        **fields,
    }


def events(settings: Settings) -> list[tuple[Any, ...]]:
    """The accepted subscription events, in short."""
    columns = "subscription_id, event_type, cast(occurred_at as date) as day, amount"
    return [tuple(row.values()) for row in accepted(settings, "subscription_events", columns)]


def test_a_kkbox_purchase_in_full(settings: Settings, tmp_path: Path) -> None:
    """A field of the export went into the wrong column, and every other test looked at another one."""
    row = transaction(plan_list_price="180", actual_amount_paid="149")
    deliver(settings, write_rows(tmp_path / "t.csv", [row]), "kkbox")
    renewed, flag = accepted(settings, "subscription_events")
    (paid,) = accepted(settings, "payment_events")
    moment, end = datetime(2016, 1, 1), datetime(2016, 2, 1)  # noqa: DTZ001 - the lake holds UTC without an offset
    purchase = paid["transaction_id"]
    assert purchase.startswith("kkbox:20160101:0:20160201:")
    common = {"occurred_at": moment, "recorded_at": moment, "customer_id": "m1", "subscription_id": "m1"}
    common |= {"country": "TW", "channel": "web", "provider": "kkbox"}
    assert {name: value for name, value in renewed.items() if value is not None} == {
        **common,
        "event_id": f"{purchase}:1",
        "event_type": "renewed",
        "amount": Decimal(180),
        "discount_amount": Decimal(31),
        "currency": "TWD",
        "billing_interval": "day",
        "billing_interval_count": 30,
        "period_start": moment,
        "period_end": end,
    }
    assert {name: value for name, value in flag.items() if value is not None} == {
        **common,
        "event_id": f"{purchase}:2",
        "event_type": "cancel_reverted",
        "discount_amount": Decimal(0),
        "billing_interval_count": 1,
        "provider_code": "is_auto_renew=1",
    }
    assert {name: value for name, value in paid.items() if value is not None} == {
        **common,
        "event_id": f"{purchase}:paid",
        "event_type": "succeeded",
        "transaction_id": purchase,
        "amount": Decimal(149),
        "currency": "TWD",
        "product_kind": "subscription",
        "payment_method": "method-41",
    }


def test_kkbox_payments_are_what_was_paid(settings: Settings, tmp_path: Path) -> None:
    """Cancellations carried the amount of the purchase before, and revenue had it twice."""
    rows = [
        transaction(),
        transaction(msno="free", plan_list_price="0", actual_amount_paid="0"),
        transaction(msno="gift", actual_amount_paid="0"),
        transaction(msno="no price", payment_plan_days="0", plan_list_price="0"),
        transaction(msno="gone", is_cancel="1", membership_expire_date="20160115"),
        transaction(msno="ended", is_cancel="1", membership_expire_date="20151231"),
    ]
    result = deliver(settings, write_rows(tmp_path / "t.csv", rows), "kkbox")
    assert account_of(result, "t.csv") == (6, 6, 0, 0)
    paid = accepted(settings, "payment_events", "customer_id, amount")
    assert [tuple(row.values()) for row in paid] == [("m1", 149), ("no price", 149)]
    reasons = accepted(settings, "subscription_events", "customer_id, event_type, end_reason, provider_code")
    assert ("ended", "ended", "customer_cancelled", "is_cancel") in [tuple(row.values()) for row in reasons]
    assert ("gone", "cancel_scheduled", None, "is_cancel") in [tuple(row.values()) for row in reasons]


KKBOX_FAULTS = {
    "missing:msno": {"msno": ""},
    "invalid:transaction_date": {"transaction_date": "20160231"},
    "invalid:membership_expire_date": {"membership_expire_date": ""},
    "invalid:payment_plan_days": {"payment_plan_days": "-1"},
    "invalid:plan_list_price": {"plan_list_price": "149.5"},
    "invalid:actual_amount_paid": {"actual_amount_paid": "1e3"},
    "not_allowed:is_auto_renew": {"is_auto_renew": "2"},
    "not_allowed:is_cancel": {"is_cancel": ""},
    "order:transaction_date>membership_expire_date": {"membership_expire_date": "20160101"},
    "out_of_range:occurred_at": {"transaction_date": "19700101"},
}


def test_every_fault_of_a_kkbox_row(settings: Settings, tmp_path: Path) -> None:
    """A purchase from 1970 was refused as an event and loaded as a payment."""
    rows = [transaction(msno=f"m{number}") | fault for number, fault in enumerate(KKBOX_FAULTS.values())]
    result = deliver(settings, write_rows(tmp_path / "t.csv", rows), "kkbox")
    assert account_of(result, "t.csv") == (len(rows), 0, 0, len(rows))
    assert [row["reason"] for row in quarantined(settings)] == list(KKBOX_FAULTS)
    assert accepted(settings, "subscription_events") == accepted(settings, "payment_events") == []


PERIOD_FAULTS = {
    "missing:subscription_id": {"subscription_id": ""},
    "missing:start_date": {"start_date": ""},
    "order:start_date>end_date": {"end_date": "2024-12-31"},
    "missing:customer_id": {"customer_id": ""},
    "missing:amount": {"monthly_amount": ""},
    "invalid:amount": {"monthly_amount": "fifty"},
    "negative:amount": {"monthly_amount": "-50"},
    "not_allowed:currency": {"currency": "euro"},
    "invalid:occurred_at": {"end_date": "later"},
}


def test_a_period_is_refused_as_a_whole(settings: Settings, tmp_path: Path) -> None:
    """The price of a period was refused and its end loaded, so a subscription ended that had never begun."""
    rows = [period(subscription_id=str(number)) | fault for number, fault in enumerate(PERIOD_FAULTS.values())]
    result = deliver(settings, write_rows(tmp_path / "p.csv", [*rows, period(subscription_id="good")]), "periods")
    assert account_of(result, "p.csv") == (len(rows) + 1, 1, 0, len(rows))
    assert [row["reason"] for row in quarantined(settings)] == list(PERIOD_FAULTS)
    assert {event[0] for event in events(settings)} == {"good"}
    corrected = [period(subscription_id=str(number)) for number in range(len(rows))]
    result = deliver(settings, write_rows(tmp_path / "corrected.csv", corrected), "periods")
    assert account_of(result, "corrected.csv") == (len(rows), len(rows), 0, 0)


def test_an_open_period_ends_later_and_a_closed_one_stays(settings: Settings, tmp_path: Path) -> None:
    """The export of the next month repeated all periods, and those that had ended since were counted as nothing new."""
    first = [period(), period(subscription_id="2", end_date="")]
    deliver(settings, write_rows(tmp_path / "1.csv", first), "periods")
    later = [
        period(),
        period(subscription_id="2", end_date="2025-04-01"),
        period(end_date="2025-05-01"),
        period(subscription_id="2", end_date="2025-04-01", monthly_amount="60"),
    ]
    result = deliver(settings, write_rows(tmp_path / "2.csv", later), "periods")
    assert account_of(result, "2.csv") == (4, 1, 1, 2)
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [(3, "conflict"), (4, "conflict")]
    assert events(settings) == [
        ("1", "ended", date(2025, 3, 1), None),
        ("1", "started", date(2025, 1, 1), Decimal(50)),
        ("2", "ended", date(2025, 4, 1), None),
        ("2", "started", date(2025, 1, 1), Decimal(50)),
    ]


@pytest.mark.parametrize(
    ("currency", "reporting", "expected"),
    [({}, None, "EUR"), ({}, "SEK", "SEK"), ({"currency": "USD"}, "SEK", "USD"), ({"currency": ""}, None, "EUR")],
)
@pytest.mark.usefixtures("home")
def test_the_currency_of_a_period(
    currency: Row, reporting: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export without a currency was taken for dollars by the one and for euro by the other."""
    if reporting:
        monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", reporting)
    settings = Settings().prepare()
    deliver(settings, write_rows(tmp_path / "p.csv", [period(end_date="") | currency]), "periods")
    assert [row["currency"] for row in accepted(settings, "subscription_events", "currency")] == [expected]


def test_the_same_export_in_every_format_is_one(settings: Settings, tmp_path: Path) -> None:
    """The export came again as Parquet, with dates and numbers for text, and doubled every subscription."""
    typed = {"payment_method_id": 41, "payment_plan_days": 30, "plan_list_price": 149, "actual_amount_paid": 149}
    typed |= {"is_auto_renew": 1, "transaction_date": 20160101, "membership_expire_date": 20160201, "is_cancel": 0}
    start, end = date(2025, 1, 1), date(2025, 3, 1)
    midnight = {"start_date": datetime(2025, 1, 1), "end_date": datetime(2025, 3, 1)}  # noqa: DTZ001
    for number, (name, source, row) in enumerate(
        [
            ("t.csv.gz", "kkbox", transaction(note="unknown")),
            ("t.jsonl", "kkbox", transaction(**typed)),
            ("t.parquet", "kkbox", transaction(**typed)),
            ("p.csv", "periods", period()),
            ("p.jsonl.zst", "periods", period(subscription_id=1, monthly_amount=50, start_date="2025-01-01T00:00:00Z")),
            ("p.parquet", "periods", period(subscription_id=1, monthly_amount=50.0, start_date=start, end_date=end)),
            ("q.parquet.gz", "periods", period(monthly_amount=Decimal("50.00"), **midnight)),
        ]
    ):
        result = deliver(settings, write_rows(tmp_path / str(number) / name, [row]), source)
        assert account_of(result, name) == ((1, 1, 0, 0) if name.endswith((".csv", "t.csv.gz")) else (1, 0, 1, 0)), name


def test_delivery_order_of_a_senders_files_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Memberships depended on which of two files the sender had named first."""
    rows = [
        transaction(msno=f"m{n % 5}", transaction_date=f"201601{n % 28 + 1:02}", is_cancel=n % 2) for n in range(40)
    ]
    found = []
    for trial, delivered in enumerate((rows, rows[::-1])):
        monkeypatch.setenv("CHURNIQ_HOME", str(home / str(trial)))
        settings = Settings().prepare()
        for part in range(trial + 1):
            write_rows(tmp_path / str(trial) / f"{part}.csv", delivered[part :: trial + 1])
        deliver(settings, tmp_path / str(trial), "kkbox")
        found.append((accepted(settings, "subscription_events"), accepted(settings, "payment_events")))
    assert len(found[0][0]) > 40
    assert found[0] == found[1]


@pytest.mark.parametrize("source", [name for name, source in SOURCES.items() if source.required])
def test_a_file_without_the_senders_columns(source: str, settings: Settings, tmp_path: Path) -> None:
    """A file of feeds given to a sender's adapter was an internal error."""
    write_bytes(tmp_path / "in" / "a.csv", "event_id,msno,subscription_id\n1,2,3\n")
    write_rows(tmp_path / "in" / "b.parquet", [{"event_id": 1}])
    write_bytes(tmp_path / "in" / "c.parquet", b"PAR1")
    result = deliver(settings, tmp_path / "in", source)
    assert (total(result, "rows_read"), total(result, "rows_quarantined")) == (3, 3)
    assert sum(f"of source {source}: mend the file" in sentence for sentence in result.unreadable) == 2
    broken = "".join(f"{'x' * number}\n" for number in range(3))
    result = deliver(settings, write_bytes(tmp_path / "d.jsonl", broken + "{}\n"), source)
    assert account_of(result, "d.jsonl") == (3, 0, 0, 3)


def test_an_unknown_sender_is_one_sentence() -> None:
    """A mistyped sender fell through to the canonical feeds."""
    with pytest.raises(UserError, match=r"^There is no source 'kkbx': choose one of canonical, kkbox, "):
        find_source("kkbx", Settings())


def test_the_real_kkbox_export(settings: Settings) -> None:
    """Of 63,917 rows some were in no count, and nobody had added them up."""
    file = SHARED_DATA / "kkbox" / "transactions.csv"
    if not file.exists():
        pytest.skip(f"the real export {file} is not here, so the mapping was not tried on it")
    with file.open() as stream:
        rows = list(csv.DictReader(stream))
    refused = sum(row["is_cancel"] == "0" and row["membership_expire_date"] <= row["transaction_date"] for row in rows)
    result = deliver(settings, file, "kkbox")
    assert account_of(result, "transactions.csv") == (63_917, 63_917 - refused, 0, refused)
    assert {row["reason"] for row in quarantined(settings)} == {"order:transaction_date>membership_expire_date"}
    (paid,) = accepted(settings, "payment_events", "sum(amount) as amount, count(*) as rows")
    kept = [row for row in rows if row["is_cancel"] == "0" and row["membership_expire_date"] > row["transaction_date"]]
    amounts = [int(row["actual_amount_paid"]) for row in kept]
    assert (paid["amount"], paid["rows"]) == (sum(amounts), sum(amount > 0 for amount in amounts))
    again = deliver(settings, file, "kkbox")
    assert account_of(again, "transactions.csv") == (63_917, 0, 63_917 - refused, refused)


def test_the_real_periods(settings: Settings) -> None:
    """An open period was given the day of the export as its end."""
    file = SHARED_DATA / "mrr_playbook" / "subscription_periods.csv"
    if not file.exists():
        pytest.skip(f"the real periods {file} are not here, so the mapping was not tried on them")
    with file.open() as stream:
        rows = list(csv.DictReader(stream))
    result = deliver(settings, file, "periods")
    assert account_of(result, "subscription_periods.csv") == (121, 121, 0, 0)
    (found,) = accepted(
        settings,
        "subscription_events",
        "count(*) filter (event_type = 'started') as started, count(*) filter (event_type = 'ended') as ended, "
        "sum(amount) as amount",
    )
    assert found == {
        "started": len(rows),
        "ended": sum(bool(row["end_date"]) for row in rows),
        "amount": sum(Decimal(row["monthly_amount"]) for row in rows),
    }
