"""The marts of care against the slow, obviously right implementation, and the way of topics into and out of them."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from pipelines.warehouse.build import BuildFacts
from pipelines.warehouse.database import open_warehouse, register_lake
from pipelines.warehouse.topics import read_tickets, write_topics
from tests.reference import Event, random_history, write_feeds
from tests.reference.care import Ticket, compute_care
from tests.warehouse.building import Warehouse, build_warehouse
from tests.warehouse.comparing import assert_agrees

GRAINS = {
    "care.fct_support_contacts": ("ticket_id",),
    "care.fct_contact_topics_monthly": ("month", "topic"),
    "intermediate.int_care_paying_days": ("day",),
}
QUALITY = pl.DataFrame(
    {
        "split": ["model"],
        "topic": ["(all)"],
        "metric": ["threshold"],
        "value": [0.7],
        "model_version": ["m"],
        "note": ["n"],
    }
)


@dataclass(frozen=True)
class Case:
    """A kind of histories, the calendar of the report, and the share of the events that had happened at T."""

    mode: str
    timezone: str
    share: float


def _tickets(events: list[Event], generator: random.Random) -> list[Ticket]:
    """Around every third event a ticket of its customer, some in two versions, some only known later."""
    found: list[Ticket] = []
    for number, event in enumerate(generator.sample(events, len(events) // 3)):
        opened = event.occurred_at + generator.choice((timedelta(0), timedelta(hours=7), timedelta(days=3)))
        closed = generator.choice((None, opened + timedelta(seconds=generator.randrange(500_000))))
        topic = generator.choice((None, "billing", "content"))
        customer = generator.choice((event.customer_id, event.customer_id, f"stranger-{number}"))
        first = Ticket(f"t{number}", customer, opened, None, topic, None, generator.choice((None, opened)))
        later = opened + timedelta(days=generator.randrange(1, 9))
        second = Ticket(f"t{number}", customer, opened, closed, topic, generator.choice((None, 1, 5)), later)
        found += [first, second][: generator.choice((1, 2))]
    return found


def _write_tickets(tickets: list[Ticket], folder: Path) -> None:
    target = folder / "support_tickets"
    target.mkdir(parents=True)
    with (target / "tickets.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*(field.name for field in fields(Ticket)), "body"])
        writer.writerows([*astuple(ticket), "I am in distress"] for ticket in tickets)


def _predict(settings: Settings, tickets: list[Ticket], generator: random.Random) -> dict[str, str | None]:
    """Topics for half of the tickets, as the classifier would have left them for dbt; null where it was not sure."""
    names = sorted({ticket.ticket_id for ticket in tickets})
    predictions = {name: generator.choice((None, "billing", "devices")) for name in names[::2]}
    with open_warehouse(settings.warehouse) as connection:
        register_lake(connection, Lake(settings.lake))
    frame = pl.DataFrame({"ticket_id": list(predictions), "topic": list(predictions.values())}).with_columns(
        topic_probability=pl.when(pl.col("topic").is_null()).then(0.4).otherwise(0.9), model_version=pl.lit("m")
    )
    write_topics(settings.warehouse, predictions=frame, quality=QUALITY)
    return predictions


def _compare(home: Path, seeds: range, case: Case, patch: pytest.MonkeyPatch) -> Warehouse:
    patch.setenv("CHURNIQ_HOME", str(home / "home"))
    patch.setenv("CHURNIQ_TIMEZONE", case.timezone)
    patch.setenv("CHURNIQ_REPORTING_CURRENCY", "EUR")
    generator = random.Random(seeds[0])
    histories = [random_history(seed, mode=case.mode) for seed in seeds]
    events = [event for history in histories for event in history[0]]
    tickets = _tickets(events, generator)
    _, rates, _ = histories[0]
    as_of = sorted(event.occurred_at for event in events)[int(len(events) * case.share)]
    write_feeds(events, rates, home / "feeds", seed=seeds[0])
    _write_tickets(tickets, home / "feeds")
    settings = Settings().prepare()
    predictions = _predict(settings, tickets, generator)
    warehouse = build_warehouse(
        settings,
        home / "feeds",
        as_of=as_of.astimezone(UTC).replace(tzinfo=None),
        select=("+path:models/marts/care",),
        # The data tests take as long as the models, and wild histories try them harder.
        with_tests=case.mode == "wild",
    )
    expected = compute_care(
        events, rates, tickets, predictions, as_of=as_of, reporting_currency="EUR", timezone=case.timezone
    )
    for table, grain in GRAINS.items():
        rows = expected[table.split(".")[1]]
        assert rows, table
        assert_agrees(warehouse, f"select * from {table}", grain, rows)
    return warehouse


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Random histories with tickets, built once, and found to agree with the reference."""
    with pytest.MonkeyPatch.context() as patch:
        case = Case("realistic", "Asia/Kolkata", share=0.9)
        yield _compare(tmp_path_factory.mktemp("care"), range(50_000, 50_020), case, patch)


def test_care_agrees_with_the_reference(warehouse: Warehouse) -> None:
    """A base of the lift that forgets those who come back makes every topic look dangerous."""
    sources = warehouse.rows("select distinct topic_source from care.fct_support_contacts order by all")
    assert [row["topic_source"] for row in sources] == ["labelled", "predicted", "unknown"]
    left = warehouse.rows("select count(*) as left from care.fct_support_contacts where churned_within_30_days")
    assert left[0]["left"] > 0


def test_what_customers_wrote_is_in_no_published_table(warehouse: Warehouse) -> None:
    """A message body in a mart would be copied into every snapshot and every download."""
    tables = warehouse.rows(
        "select table_schema || '.' || table_name as name from information_schema.tables "
        "where table_schema in ('care', 'raw', 'intermediate') and table_type = 'BASE TABLE'"
    )
    names = [row["name"] for row in tables]
    assert "care.fct_support_contacts" in names
    looks = [
        f"select '{name}' as name from {name} as row where cast(row as varchar) like '%distress%'" for name in names
    ]
    found = warehouse.rows(" union ".join(looks))
    assert not found


def test_quality_is_published_as_written(warehouse: Warehouse) -> None:
    assert pl.DataFrame(warehouse.rows("select * from care.topic_model_quality")).equals(QUALITY)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(6))
def test_care_agrees_with_the_reference_on_many_histories(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """Rare orders of events are found by numbers alone."""
    case = Case(
        mode=("wild", "realistic")[batch % 2],
        timezone=("UTC", "America/New_York", "Europe/Amsterdam")[batch % 3],
        share=(0.3, 0.6, 0.97)[batch % 3],
    )
    first = 600_000 + 1000 * batch
    _compare(tmp_path, range(first, first + 120), case, monkeypatch)


def test_the_classifier_sees_the_newest_versions_of_the_instant(settings: Settings, tmp_path: Path) -> None:
    """A label that came after the as-of instant would make an old build other than it was."""
    now = datetime(2025, 3, 1, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    tickets = [
        Ticket("kept", "c1", now - 9 * hour, None, None, None, None),
        Ticket("kept", "c1", now - 9 * hour, None, "billing", None, now),
        Ticket("kept", "c1", now - 9 * hour, None, "content", None, now + hour),
        Ticket("later", "c1", now + hour, None, "content", None, now),
        Ticket("untold", "c1", now - hour, None, "content", None, now + hour),
    ]
    _write_tickets(tickets, tmp_path / "feeds")
    ingest(settings, tmp_path / "feeds")
    path = settings.warehouse
    with open_warehouse(path) as connection:
        register_lake(connection, Lake(settings.lake))
        empty = connection.execute("select * from raw.ticket_topics").fetchall()
    assert empty == []
    rows = read_tickets(path, BuildFacts(now.replace(tzinfo=None), "EUR", "UTC", 1))
    assert rows.select("ticket_id", "topic", "body").rows() == [("kept", "billing", "I am in distress")]


def test_topics_are_replaced_and_survive_another_look_at_the_lake(settings: Settings) -> None:
    path = settings.warehouse
    rows = pl.DataFrame({"ticket_id": ["a"], "topic": ["b"], "topic_probability": [0.8], "model_version": ["m"]})
    with open_warehouse(path) as connection:
        register_lake(connection, Lake(settings.lake))
    write_topics(path, predictions=rows, quality=QUALITY)
    write_topics(path, predictions=rows.with_columns(topic=pl.lit("c")), quality=QUALITY)
    with open_warehouse(path) as connection:
        register_lake(connection, Lake(settings.lake))
        assert connection.execute("select * from raw.ticket_topics").fetchall() == [("a", "c", 0.8, "m")]
        assert len(connection.execute("select * from raw.topic_model_quality").fetchall()) == 1
