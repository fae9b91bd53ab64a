"""Erasing a person of the feeds: nothing of that person is left in a home, and nothing else has changed."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.lake.sql import canonical_select
from pipelines.lake.store import Lake
from pipelines.privacy import erase as erasing
from pipelines.privacy.access import access
from pipelines.privacy.erase import deleted_customers, erase, erase_again, erase_deleted, expired_customers
from pipelines.privacy.registry import Registry, erasures
from pipelines.publishing.snapshots import open_snapshot, publish, published_pointers
from pipelines.readings.notes import add_note, notes_of
from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.homes import fill
from tests.lake.contents import payment
from tests.privacy.searching import ADDRESS, ANNA, NEEDLES, deliveries, found_in

AS_OF = datetime(2025, 3, 1)  # noqa: DTZ001
PUBLISHED = f"""
create schema core; create schema revenue;
create table core.dim_customers (customer_id varchar, email_masked varchar, lifetime_revenue decimal(18, 4));
insert into core.dim_customers values ('{ANNA}', 'A***@Example.org', 9.99), ('bob', 'b***@example.org', 5);
create table revenue.fct_mrr_movements (movement_date date, customer_id varchar, mrr_change decimal(18, 4));
insert into revenue.fct_mrr_movements values ('2025-01-01', '{ANNA}', 9.99), ('2025-02-01', 'bob', 5);
"""


@pytest.fixture
def held(settings: Settings, tmp_path: Path) -> Settings:
    """An environment that holds Anna wherever it can: lake, snapshots, inbox, mappings, records and work files."""
    feeds = deliveries(tmp_path / "feeds")
    fill(settings, "held", lambda: _hold(settings, feeds, tmp_path))
    _leave_open(settings.work / "killed.db", tmp_path / "killed.db")
    return settings


def _hold(settings: Settings, feeds: Path, tmp_path: Path) -> None:
    ingest(settings, feeds)
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(PUBLISHED)
    publish(settings, warehouse, name="current", as_of=AS_OF, lake_version=1, is_current=True)
    publish(settings, warehouse, name="beside", as_of=datetime(2025, 2, 1), lake_version=1, is_current=False)  # noqa: DTZ001
    shutil.copy(warehouse, settings.warehouse)
    waiting = [payment("p20", customer_id=ANNA, transaction_id="tx-anna-20")]
    write_rows(settings.landing / "payment_events" / "w.csv.gz", waiting)
    (settings.landing / "stripe").mkdir()
    envelope = (
        '{"received_at":"2025-01-01T00:00:00Z","headers":{"user-agent":"x"},"body":"{\\"customer\\": \\"%s\\"}"}\n'
    )
    (settings.landing / "stripe" / "s.jsonl").write_text(envelope % ANNA)
    settings.mappings.mkdir()
    (settings.mappings / "old.yml").write_text(f"name: old\nvalues: {{{ANNA}: gone}}\n")
    (settings.work / "dbt.log").write_text(f"could not cast {ADDRESS}\n")
    with sqlite3.connect(settings.work / "runs.db") as connection:
        connection.execute("create table runs (id integer primary key, message text)")
        connection.execute("insert into runs (message) values (?), ('bob')", [f"row of {ANNA} failed"])
    add_note(settings, ANNA, "Called: she moves house.", "Kim", AS_OF)
    add_note(settings, "bob", "it stutters for him", "", AS_OF)
    (settings.home / "private").mkdir()
    write_rows(settings.home / "private" / "contacts.parquet", [{"customer_id": ANNA, "email": ADDRESS, "phone": "1"}])
    assert {needle for needle, _ in found_in(settings.home)} >= {ANNA, "berger", "sub-anna-1", "tx-anna", "crm-anna-5"}


def _leave_open(left: Path, history: Path) -> None:
    """A history of runs as a killed build leaves it: with journals, which go once somebody opens and closes it."""
    with closing(sqlite3.connect(history)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table runs (id integer primary key, message text)")
        connection.execute("insert into runs (message) values (?)", [f"row of {ANNA} failed"])
        connection.commit()
        for part in history.parent.glob(f"{history.name}*"):
            shutil.copy(part, left.parent / part.name)
    assert len(list(left.parent.glob(f"{left.name}-*"))) == 2, "the journals are there"


def accepted(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """The accepted rows of a lake without what identifies or is personal, and without where they came from."""
    lake = Lake(settings.lake)
    contents = lake.contents()
    rows = {}
    for feed in FEEDS.values():
        select = canonical_select(feed, [lake.root / name for name in contents.canonical.get(feed.name, [])])
        names = [f'"{c.name}"' for c in feed.columns if not (c.identifies or c.personal or c.name == "event_id")]
        rows[feed.name] = duckdb.execute(f"select {', '.join(names)} from ({select}) order by all").fetchall()
    return rows


def accounts(settings: Settings) -> Counter[tuple[Any, ...]]:
    """The accounts of a lake without the hashes of the files."""
    return Counter(
        (a.feed, a.file, a.rows_read, a.rows_loaded, a.rows_duplicate, a.rows_quarantined)
        for a in Lake(settings.lake).contents().accounts
    )


def test_a_search_finds_nothing_and_nothing_else_changes(held: Settings) -> None:
    """Nobody could be erased; and an erasure that loses a cent of last year's revenue will not be done."""
    rows, counted = accepted(held), accounts(held)
    erased = erase(held, [ANNA])
    assert found_in(held.home) == []
    assert accepted(held) == rows
    assert accounts(held) == counted
    assert erased.people == 1
    assert [name for name, _ in found_in(held.home, ["tx-bob-1", "sub-bob", "bob@example.org", "it stutters"])]
    with open_snapshot(held) as connection:
        customers = connection.execute("select * from core.dim_customers order by lifetime_revenue").fetchall()
        total = connection.execute(
            "select sum(mrr_change) from revenue.fct_mrr_movements join core.dim_customers using (customer_id)"
        )
        assert total.fetchall() == [(customers[0][2] + customers[1][2],)]
    assert (notes_of(held, ANNA), [note.text for note in notes_of(held, "bob")]) == ([], ["it stutters for him"])
    assert not found_in(held.home, ["moves house"])
    assert customers[0][:2] == ("bob", "b***@example.org")
    assert customers[1][0].startswith("erased-")
    assert customers[1][1] is None
    assert len(published_pointers(held)) == 2
    (record,) = erasures(held)
    assert record.ended_at
    assert all(len(file["before"]) == len(file["after"]) == 64 != file["before"] for file in record.files)


def test_a_second_request_says_that_it_is_done(held: Settings) -> None:
    """Whoever asks again must be told, and no file may change for it."""
    erase(held, [ANNA])
    version = Lake(held.lake).version
    again = erase(held, [ANNA])
    assert (again.people, again.files) == (0, 0)
    assert again.remarks == (f"{ANNA} was erased before: nothing of that person is left to erase.",)
    assert Lake(held.lake).version == version
    with pytest.raises(UserError, match="The lake knows no customer nobody"):
        erase(held, ["nobody"])
    for name in (ANNA, "crm:crm-anna-5", ADDRESS):
        with pytest.raises(UserError, match=f"{name} was erased: nothing is held"):
            access(held, name, held.home.with_name("answer"))


def test_an_address_or_an_alias_names_the_person_too(held: Settings) -> None:
    """A request comes by mail: its sender is an address, not a customer id."""
    assert erase(held, ["ANNA.berger@example.org"]).people == 1
    assert found_in(held.home) == []
    assert erase(held, ["crm:crm-anna-5"]).people == 0


def test_what_arrives_later_is_cut_on_arrival(held: Settings, tmp_path: Path) -> None:
    """The backup of a sender, delivered once more, brought an erased person back."""
    erase(held, [ANNA])
    rows = accepted(held)
    again = ingest(held, deliveries(tmp_path / "again"))
    assert sum(account.rows_loaded for account in again.accounts) == 0
    assert found_in(held.home) == []
    assert accepted(held) == rows
    new = [
        payment("p30", customer_id=ANNA, transaction_id="tx-anna-30", subscription_id="sub-anna-1"),
        payment("p31", customer_id=ANNA, transaction_id="tx-anna-30", amount="1", event_type="refunded"),
    ]
    ingest(held, write_rows(tmp_path / "new" / "payment_events" / "n.csv", new))
    assert found_in(held.home) == []
    files = [str(path) for path in Lake(held.lake).canonical_files("payment_events")]
    found = duckdb.execute(
        "select count(distinct transaction_id), count(distinct customer_id) from read_parquet($1) "
        "where event_id in ('p30', 'p31')",
        [files],
    ).fetchall()
    assert found == [(1, 1)]


QUICK = ("cut_lake", "map_again", "cut_snapshots")
LONG = ("remove_invisible_files", "cut_other_files", "_require_nothing_left", "save_erasure")


@pytest.mark.parametrize("is_done_first", [False, pytest.param(True, marks=pytest.mark.long)])
@pytest.mark.parametrize("step", [*QUICK, *(pytest.param(step, marks=pytest.mark.long) for step in LONG)])
def test_a_killed_erasure_is_ended_by_the_next(
    step: str, is_done_first: bool, held: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed halfway, an erasure left the person in half of the files, and the lake without an answer to which."""
    rows, counted = accepted(held), accounts(held)
    done = getattr(erasing, step)

    def killed(*arguments: Any) -> None:
        if is_done_first:
            done(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(erasing, step, killed)
    with pytest.raises(KeyboardInterrupt):
        erase(held, [ANNA])
    monkeypatch.setattr(erasing, step, done)
    assert accepted(held) == rows
    assert "An erasure that was stopped is ended now." in erase(held, [ANNA]).remarks
    assert sum(record.people for record in erasures(held)) == 1
    assert found_in(held.home) == []
    assert accepted(held) == rows
    assert accounts(held) == counted
    assert all(record.ended_at for record in erasures(held))


def test_a_killed_erasure_is_ended_by_the_next_build(held: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that erases whom a sender deleted was killed: the lake named nobody any more, snapshots still did."""
    with monkeypatch.context() as patched:
        patched.setattr(erasing, "cut_snapshots", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(held, [ANNA])
    assert found_in(held.home)
    assert erase_deleted(held) == 1
    assert found_in(held.home) == []
    assert erase_deleted(held) == 0


@pytest.mark.parametrize("is_done_first", [False, True])
def test_an_erasure_killed_as_it_registers_is_whole_or_never_was(
    is_done_first: bool, held: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed right after the registry, it left somebody registered whom nothing cut, and who stood in no record."""
    save = Registry.save

    def killed(registry: Registry) -> None:
        if is_done_first:
            save(registry)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Registry, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            erase(held, [ANNA])
    assert len(erasures(held)) == int(is_done_first)
    assert erase_deleted(held) == int(is_done_first)
    assert (found_in(held.home) == []) == is_done_first
    erase(held, [ANNA])
    assert found_in(held.home) == []
    assert [(record.people, bool(record.ended_at)) for record in erasures(held)] == [(1, True)]


def test_a_lake_from_before_is_cut_again(held: Settings, tmp_path: Path) -> None:
    """A restored backup brought back everybody who had been erased since."""
    shutil.copytree(held.lake, tmp_path / "backup")
    erase(held, [ANNA])
    rows = accepted(held)
    shutil.rmtree(held.lake)
    shutil.copytree(tmp_path / "backup", held.lake)
    assert found_in(held.home)
    assert erase_again(held) > 0
    assert found_in(held.home) == []
    assert accepted(held) == rows


def test_everybody_whom_a_sender_deleted(settings: Settings, tmp_path: Path) -> None:
    """Who came back after a deletion is a customer again."""
    event = {"occurred_at": "2025-01-01T00:00:00Z"}
    rows = [
        {**event, "event_id": "1", "event_type": "deleted", "customer_id": "gone-for-good"},
        {**event, "event_id": "2", "event_type": "deleted", "customer_id": "came-back-1"},
        {**event, "event_id": "3", "event_type": "registered", "customer_id": "came-back-1",
         "occurred_at": "2025-02-01T00:00:00Z"},
    ]  # fmt: skip
    ingest(settings, write_rows(tmp_path / "customer_events" / "c.csv", rows))
    assert deleted_customers(settings) == ["gone-for-good"]
    erase(settings, deleted_customers(settings))
    assert deleted_customers(settings) == []


def test_who_is_kept_by_no_row_any_longer(settings: Settings, tmp_path: Path) -> None:
    """Viewing of years ago kept people who had never paid; a payment is a reason to keep somebody for ten years."""
    day = {"minutes_watched": 1}
    days = [
        {**day, "customer_id": "viewer-old", "activity_date": "2020-01-01"},
        {**day, "customer_id": "viewer-new", "activity_date": "2024-12-01"},
        {**day, "customer_id": "payer-old-1", "activity_date": "2020-01-01"},
        {**day, "customer_id": "crm:alias-old-1", "activity_date": "2020-01-01"},
    ]
    paid = {"occurred_at": "2020-01-01T00:00:00Z"}
    payments = [payment(f"p-{name}", customer_id=name, **paid) for name in ("payer-old-1", "linked-payer-1")]
    link = {"alias_kind": "crm", "alias_value": "alias-old-1", "customer_id": "linked-payer-1"}
    days.append({**day, "customer_id": "merged-old-1", "activity_date": "2020-01-01"})
    merged = {"alias_kind": "customer", "alias_value": "merged-old-1", "customer_id": "linked-payer-1"}
    for path, rows in {
        "engagement_daily": days, "payment_events": payments, "identity_links": [link, merged],
    }.items():  # fmt: skip
        ingest(settings, write_rows(tmp_path / path / "a.csv", rows))
    assert expired_customers(settings, datetime(2025, 1, 1, tzinfo=UTC)) == ["viewer-old"]
    everybody = ["linked-payer-1", "payer-old-1", "viewer-new", "viewer-old"]
    assert expired_customers(settings, datetime(2031, 1, 1, tzinfo=UTC)) == everybody


def test_access_gives_everything_and_nothing_of_others(held: Settings, tmp_path: Path) -> None:
    """Whoever asks what is held was answered by hand, and half of it."""
    folder = tmp_path / "answer"
    access(held, ADDRESS, folder)
    content = "\n".join(path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()).lower()
    assert {needle for needle in NEEDLES if needle in content} >= {*NEEDLES} - {"anna%2eberger"}
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")} == {
        "index.md", "delivered.jsonl", "quarantine.csv", "notes.csv",
        "feeds/customer_events.csv", "feeds/engagement_daily.csv", "feeds/identity_links.csv",
        "feeds/journey_events.csv", "feeds/payment_events.csv",
        "feeds/subscription_events.csv", "feeds/support_tickets.csv", "published/core.dim_customers.csv",
        "published/revenue.fct_mrr_movements.csv",
    }  # fmt: skip
    assert "bob@example.org" not in content
    assert "sub-bob" not in content
    with pytest.raises(UserError, match="is not an empty folder"):
        access(held, ANNA, folder)
