"""When two rows are the same, when they contradict each other, and when one replaces the other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.contract.feeds import FEEDS
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from tests.conftest import Row, write_rows
from tests.lake.contents import (
    accepted,
    account_of,
    cancellation,
    counts,
    deliver,
    payment,
    quarantined,
    start,
    total,
)


def spellings() -> Iterator[tuple[str, Row]]:
    """One event as different senders' tools spell it, each with the name of its file."""
    plain = {"event_id": "7", "event_type": "started", "customer_id": "12", "subscription_id": "s", "currency": "EUR"}
    plain["billing_interval"] = "month"
    midnight = datetime(2025, 2, 1, tzinfo=UTC)
    yield (
        "a.csv",
        {**plain, "occurred_at": "2025-01-01T00:00:00Z", "amount": "9.99", "period_end": "2025-02-01", "n": 5},
    )
    yield (
        "b.csv.gz",
        {
            "n": "5",
            "amount": "9.9900",
            "period_end": "2025-02-01T01:00:00.000+01:00",
            "occurred_at": "1735689600000",
            **plain,
            "discount_amount": "0",
            "billing_interval_count": "1",
            "recorded_at": "2025-01-01 00:00:00",
            "coupon_code": "",
            "unused": "",
        },
    )
    typed = {**plain, "event_id": 7, "customer_id": 12, "amount": 9.99, "n": 5}
    yield "c.jsonl", {**typed, "occurred_at": 1735689600000, "period_end": 1738368000000, "billing_interval_count": 1.0}
    yield "d.jsonl", {**plain, "occurred_at": "2025-01-01", "amount": "9.99", "period_end": "2025-02-01", "n": "5"}
    yield "e.parquet", {**typed, "occurred_at": datetime(2025, 1, 1, tzinfo=UTC), "period_end": date(2025, 2, 1)}
    yield (
        "f.parquet.zst",
        {**plain, "n": "5", "occurred_at": "2025-01-01", "amount": Decimal("9.990"), "period_end": midnight},
    )


@pytest.mark.parametrize("seed", range(2))
def test_the_same_content_in_other_words_is_a_duplicate(seed: int, settings: Settings, tmp_path: Path) -> None:
    """A backfill in Parquet of what had come as CSV was refused as thousands of conflicts."""
    files = list(spellings())
    random.Random(seed).shuffle(files)
    for number, (name, event) in enumerate(files):
        result = deliver(settings, write_rows(tmp_path / str(number) / "subscription_events" / name, [event]))
        assert account_of(result, name) == ((1, 0, 1, 0) if number else (1, 1, 0, 0)), name
    assert len(accepted(settings, "subscription_events")) == 1


def test_duplicates_within_and_across_files_runs_and_feeds(settings: Settings, tmp_path: Path) -> None:
    """An at-least-once queue counted a day of sales twice."""
    folder = tmp_path / "subscription_events"
    write_rows(folder / "a.csv", [start("1"), start("1"), start("2"), start("1")])
    write_rows(folder / "b.csv", [start("2"), start("3")])
    write_rows(folder / "nested" / "a.csv", [start("1"), start("1"), start("2"), start("1")])
    # An id is known within a feed only.
    write_rows(tmp_path / "payment_events" / "a.csv", [payment("1")])
    first = deliver(settings, tmp_path)
    assert [(account.file, *counts(account)) for account in first.accounts] == [
        ("payment_events/a.csv", 1, 1, 0, 0),
        ("subscription_events/a.csv", 4, 2, 2, 0),
        ("subscription_events/b.csv", 2, 1, 1, 0),
        ("subscription_events/nested/a.csv", 4, 0, 4, 0),
    ]
    before = accepted(settings, "subscription_events")
    again = deliver(settings, tmp_path)
    assert (total(again, "rows_read"), total(again, "rows_duplicate")) == (11, 11)
    assert accepted(settings, "subscription_events") == before
    assert [row["event_id"] for row in before] == ["1", "2", "3"]


def test_the_first_of_contradicting_rows_stays(settings: Settings, tmp_path: Path) -> None:
    """A second version of a sale with another amount replaced the first in a report that had been signed."""
    deliver(settings, write_rows(tmp_path / "1" / "payment_events" / "a.csv", [payment("1")]))
    later = [payment("1", amount="8"), payment("2"), payment("2", amount="7"), payment("2"), payment("1")]
    result = deliver(settings, write_rows(tmp_path / "2" / "payment_events" / "b.csv", later))
    assert account_of(result, "b.csv") == (5, 1, 2, 2)
    amounts = accepted(settings, "payment_events", "event_id, cast(amount as varchar) as amount")
    assert [tuple(row.values()) for row in amounts] == [("1", "9.9900"), ("2", "9.9900")]
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [(1, "conflict"), (3, "conflict")]
    assert [row["raw"] for row in quarantined(settings)] == [
        '{"event_id":"1","event_type":"succeeded","occurred_at":"2025-01-01T00:00:00Z","customer_id":"c1",'
        '"transaction_id":"t-1","amount":"8","currency":"EUR"}',
        '{"event_id":"2","event_type":"succeeded","occurred_at":"2025-01-01T00:00:00Z","customer_id":"c1",'
        '"transaction_id":"t-2","amount":"7","currency":"EUR"}',
    ]


def test_only_an_unknown_column_differs(settings: Settings, tmp_path: Path) -> None:
    """An export that gained a column contradicted every event it had told before: what nobody reads is no content."""
    rows = [start("1", plan="a"), start("1", plan="b"), start("1")]
    result = deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", rows))
    assert account_of(result, "a.csv") == (3, 1, 2, 0)


def test_a_rejected_row_claims_no_id(settings: Settings, tmp_path: Path) -> None:
    """A sender corrected a broken sale, and the correction was refused as a contradiction of what had been refused."""
    rows = [start("1", amount="-1"), start("1", amount="9.99"), start("1", amount="8"), start("1", amount="8")]
    result = deliver(settings, write_rows(tmp_path / "1" / "subscription_events" / "a.csv", rows))
    assert account_of(result, "a.csv") == (4, 1, 0, 3)
    assert [row["reason"] for row in quarantined(settings)] == ["negative:amount", "conflict", "conflict"]
    corrected = write_rows(tmp_path / "2" / "subscription_events" / "b.csv", [start("1", amount="9.99")])
    assert account_of(deliver(settings, corrected), "b.csv") == (1, 0, 1, 0)


def test_feeds_of_state_keep_every_version(settings: Settings, tmp_path: Path) -> None:
    """A corrected day of viewing overwrote what had been known when a score was made."""
    day = {"customer_id": "c", "activity_date": "2025-01-01", "minutes_watched": "10", "recorded_at": "2025-01-02"}
    corrected = {**day, "minutes_watched": "12", "recorded_at": "2025-01-03"}
    rows = [day, corrected, {**day, "minutes_watched": "11"}, {**day, "minutes_watched": "10.0"}]
    result = deliver(settings, write_rows(tmp_path / "engagement_daily" / "a.csv", rows))
    assert account_of(result, "a.csv") == (4, 3, 1, 0)
    minutes = accepted(settings, "engagement_daily", "minutes_watched")
    assert [row["minutes_watched"] for row in minutes] == [10, 11, 12]


def test_offers_contradict_unless_they_say_since_when(settings: Settings, tmp_path: Path) -> None:
    """A price list with two prices of one offer was read in the order of the file system."""
    offer = {"offer_id": "o", "title": "Basic", "offer_kind": "subscription"}
    rows = [offer, {**offer, "title": "Plus"}, {**offer, "title": "Plus", "recorded_at": "2025-02-01"}, offer]
    result = deliver(settings, write_rows(tmp_path / "offers" / "a.csv", rows))
    assert account_of(result, "a.csv") == (4, 2, 1, 1)


def history(seed: int) -> list[Row]:
    """Events and broken rows, some repeated in other words, none contradicting."""
    generator = random.Random(seed)
    rows: list[Row] = []
    for number in range(120):
        amount = generator.choice(("9.99", "5.0", "12.3456"))
        event = start(str(number), occurred_at=f"2025-01-{number % 28 + 1:02}", amount=amount, note=f"n{number % 3}")
        rows.append(event)
        if number % 4 == 0:
            rows.append({**event, "occurred_at": f"{event['occurred_at']}T01:00:00+01:00", "amount": f"{amount}0"})
        if number % 9 == 0:
            rows.append({**event, "event_type": "unheard_of"})
    return rows


def test_delivery_order_and_partition_do_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """The same month delivered by day and then by hour gave different months."""
    found = []
    for trial in range(3):
        monkeypatch.setenv("CHURNIQ_HOME", str(home / str(trial)))
        settings = Settings().prepare()
        generator = random.Random(trial)
        rows = history(seed=7)
        if trial:
            generator.shuffle(rows)
        runs = [rows] if trial == 0 else [rows[:50], rows[50:]]
        rejected = 0
        for run, delivered in enumerate(runs):
            root = tmp_path / str(trial) / str(run)
            for part in range(1 + 2 * trial):
                ending = generator.choice(("csv", "jsonl.gz", "parquet", "csv.zst"))
                write_rows(root / "subscription_events" / f"{part}.{ending}", delivered[part :: 1 + 2 * trial])
            rejected += total(deliver(settings, root), "rows_quarantined")
        found.append((accepted(settings, "subscription_events"), rejected))
    assert len(found[0][0]) == 120
    assert all(other == found[0] for other in found[1:])


def test_provenance_leads_back_to_the_delivered_row(settings: Settings, tmp_path: Path) -> None:
    """Nobody could say which file a wrong amount had come from."""
    rows = [cancellation("a"), {**cancellation("b"), "event_type": "?"}, cancellation("c")]
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", rows))
    provenance = accepted(settings, "subscription_events", "event_id, source_file, source_row")
    (commit,) = Lake(settings.lake).commits()
    assert [(row["event_id"], row["source_row"]) for row in provenance] == [("a", 1), ("c", 3)]
    assert {row["source_file"] for row in provenance} == {commit.accounts[0].sha256}
    landed = settings.lake / commit.accounts[0].landed
    assert landed.relative_to(settings.lake).parts[:2] == ("landed", "subscription_events")
    with pa.input_stream(str(landed), compression="zstd") as stream:
        assert stream.read() == (tmp_path / "subscription_events" / "a.csv").read_bytes()


def test_every_feed_of_the_contract_loads(settings: Settings, tmp_path: Path) -> None:
    """A feed that no test delivered broke on its first file."""
    samples = {"VARCHAR": "x", "TIMESTAMP": "2025-01-01", "DATE": "2025-01-01", "BIGINT": "1", "DOUBLE": "1"}
    for feed in FEEDS.values():
        first_type = {column.name: column.allowed[0] for column in feed.columns if column.allowed}.get("event_type")
        required = [column for column in feed.columns if column.required or first_type in column.required_for]
        row = {column.name: samples.get(column.kind.value, "1") for column in required}
        row |= {column.name: column.allowed[0] for column in required if column.allowed}
        row |= {column.name: "EUR" for column in required if column.code}
        extra = {name: "1" for name in ("amount",) if name in feed.column_names}
        extra |= {name: "EUR" for name in ("currency",) if name in feed.column_names}
        extra |= {name: "month" for name in ("billing_interval",) if name in feed.column_names}
        write_rows(tmp_path / feed.name / "a.csv", [{**row, **extra}])
    result = deliver(settings, tmp_path)
    assert [(account.feed, *counts(account)) for account in result.accounts] == [(n, 1, 1, 0, 0) for n in sorted(FEEDS)]


@pytest.mark.parametrize(
    ("alias", "customer", "reason"),
    [
        (("customer", "c1"), "c1", "link_to_itself:customer_id"),
        (("customer_id", "c1"), "c1", "link_to_itself:customer_id"),
        (("crm", "7"), "crm:7", "link_to_itself:customer_id"),
        (("Customer", "c1"), "c2", "not_allowed:alias_kind"),
        (("e-mail", "c1"), "c2", "not_allowed:alias_kind"),
        (("crm:old", "c1"), "c2", "not_allowed:alias_kind"),
        # Two ids as feeds give them, a sender's id, and the id of another system that is spelled as the customer's.
        (("customer", "c1"), "c2", None),
        (("crm", "c1"), "c1", None),
        (("email_hash", "c1"), "c2", None),
    ],
)
def test_a_link_that_joins_nothing_is_refused(
    alias: tuple[str, str], customer: str, reason: str | None, settings: Settings, tmp_path: Path
) -> None:
    """A link of an id to itself, or of a kind that no id can have, was loaded and did nothing."""
    link = {"alias_kind": alias[0], "alias_value": alias[1], "customer_id": customer}
    deliver(settings, write_rows(tmp_path / "identity_links" / "a.csv", [link]))
    assert [row["reason"] for row in quarantined(settings)] == ([] if reason is None else [reason])
