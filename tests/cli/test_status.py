"""``churniq status`` as a person and a program meet it, from an empty home to feeds that need a look."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

from pipelines.contract.feeds import FEEDS
from pipelines.publishing.snapshots import find_snapshot, publish
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord, stopped_sentence, write_record
from pipelines.warehouse.database import parse_as_of
from tests.cli.conftest import AS_OF, Churniq
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import cancellation

HEALTH = """
create schema ops;
create table ops.feed_health (
    feed varchar, known_rows bigint, first_recorded_at timestamp, last_recorded_at timestamp,
    first_occurred_at timestamp, last_occurred_at timestamp, cadence_hours double, hours_since_last_row double,
    late_after_hours double, is_late boolean, gap_days bigint, last_gap_day date, has_recent_gap boolean,
    last_day_rows bigint, usual_day_rows double, volume_ratio double,
    is_volume_unusual boolean, mix_change double, is_mix_unusual boolean,
    anomalies_before_start bigint, anomalies_after_end bigint, anomalies_other_customer bigint
);
insert into ops.feed_health by name
select 'subscription_events' as feed, 5000 as known_rows, timestamp '2025-03-20 11:30:00' as last_recorded_at,
    1 as cadence_hours, 0.5 as hours_since_last_row, 9 as late_after_hours, false as is_late, 0 as gap_days,
    20 as last_day_rows, 18.5 as usual_day_rows, 1.08 as volume_ratio, false as is_volume_unusual, 0.02 as mix_change,
    false as is_mix_unusual, 2 as anomalies_before_start, 1 as anomalies_after_end, 0 as anomalies_other_customer;
insert into ops.feed_health by name
select 'payment_events' as feed, 400 as known_rows, 24 as cadence_hours, 120 as hours_since_last_row,
    72 as late_after_hours, true as is_late, 4 as gap_days, date '2025-03-19' as last_gap_day, 0 as last_day_rows,
    1200 as usual_day_rows, 0 as volume_ratio, true as is_volume_unusual, 0.41 as mix_change, true as is_mix_unusual;
insert into ops.feed_health by name select 'offers' as feed, 7 as known_rows;
insert into ops.feed_health by name select 'payouts' as feed, 2 as known_rows, 100 as hours_since_last_row;
insert into ops.feed_health by name select 'coupons' as feed, 0 as known_rows;
"""


def publish_health(settings: Settings, folder: Path, *changes: str, lake_version: int = 0) -> None:
    """Publish a snapshot that has nothing but the health of some feeds."""
    warehouse = folder / "health.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(HEALTH)
        for change in changes:
            connection.execute(change)
    publish(settings, warehouse, name="health", as_of=AS_OF, lake_version=lake_version, is_current=True)


def line_of(shown: str, feed: str) -> str:
    """What is said of a feed, without the padding."""
    (line,) = [line for line in shown.splitlines() if line.startswith(f"{feed} ")]
    return " ".join(line.split()[1:])


def facts_of(churniq: Churniq) -> dict[str, Any]:
    """What a program is told."""
    shown = churniq("status", "--format", "json")
    assert (shown.status, shown.err) == (0, "")
    facts: dict[str, Any] = json.loads(shown.out)
    return facts


def test_an_empty_home_is_no_error_and_stays_empty(churniq: Churniq, home: Path) -> None:
    """The first thing that a new user asks is how things are."""
    shown = churniq("status")
    assert (shown.status, shown.err) == (0, "")
    assert "lake          empty" in shown.out
    assert "nothing yet: run churniq ingest PATH, then churniq build" in shown.out
    assert {line_of(shown.out, feed) for feed in FEEDS} == {"never"}
    facts = facts_of(churniq)
    assert (facts["published"], facts["last_build"], facts["lake"]["ingests"]) == ([], None, 0)
    assert facts["quarantine"] == {"rows_by_feed": {}, "newest_reasons": []}
    assert not home.exists(), "reading must not make an environment"


def test_a_lake_without_a_build_accounts_for_its_rows(churniq: Churniq, tmp_path: Path) -> None:
    """Rejected rows were first seen when the dashboard was short of them."""
    rows = [cancellation("a"), cancellation("a"), cancellation("b", event_type="?"), cancellation("c")]
    write_rows(tmp_path / "in" / "subscription_events" / "a.csv", rows)
    assert churniq("ingest", tmp_path / "in").status == 0
    shown = churniq("status")
    assert shown.status == 0, shown.err
    assert "1 ingest of 1 file: 4 rows read = 2 loaded + 1 duplicate + 1 quarantined" in shown.out
    assert line_of(shown.out, "subscription_events") == "landed, not built 1"
    assert line_of(shown.out, "payment_events") == "never"
    assert "1 row in quarantine: churniq quarantine list" in shown.out
    (reason,) = facts_of(churniq)["quarantine"]["newest_reasons"]
    assert (reason["feed"], reason["rows"]) == ("subscription_events", 1)
    assert reason["reason"] in shown.out
    assert reason["last_loaded_at"] in shown.out


def test_the_newest_reasons_come_first(churniq: Churniq, tmp_path: Path) -> None:
    """Old and known rejections hid the new one."""
    write_rows(tmp_path / "old" / "subscription_events" / "a.csv", [cancellation(n, event_type="?") for n in "abc"])
    write_rows(tmp_path / "new" / "subscription_events" / "b.csv", [cancellation("d", customer_id="")])
    for folder in ("old", "new"):
        churniq("ingest", tmp_path / folder)
    newest = facts_of(churniq)["quarantine"]["newest_reasons"]
    assert [reason["rows"] for reason in newest] == [1, 3]
    assert newest[0]["last_loaded_at"] > newest[1]["last_loaded_at"]


@pytest.mark.parametrize(
    ("feed", "line"),
    [
        ("subscription_events", "30 minutes ago every 1 hour on time none 20 rows, as usual as usual"),
        (
            "payment_events",
            "5 days ago every 24 hours LATE, over 3 days 4 days, last 2025-03-19 "
            "0 rows, UNUSUAL (usual 1,200) UNUSUAL, 41% moved",
        ),
        ("offers", "without a date"),
        ("payouts", "4 days ago too few to tell"),
        ("coupons", "never"),
    ],
)
def test_a_line_a_feed_in_words(feed: str, line: str, churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """A feed had been silent for a week, and everything was green."""
    publish_health(settings, tmp_path)
    shown = churniq("status")
    assert shown.status == 0, shown.err
    assert "The feeds at 2025-03-20T12:00:00Z" in shown.out
    assert line_of(shown.out, feed) == line


def test_events_out_of_order_are_counted_by_what_is_wrong(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """Renewals of subscriptions that nobody had started looked like any other row."""
    publish_health(settings, tmp_path)
    told = churniq("status").out
    assert "out of order in the last 30 days: 2 before any start, 1 after an end; ops.order_anomalies" in told


def test_no_event_out_of_order_is_said(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """Nothing said could mean nothing found or nothing looked at."""
    publish_health(settings, tmp_path, "delete from ops.feed_health where feed = 'subscription_events'")
    assert "no event out of order was recorded in the last 30 days" in churniq("status").out


def test_a_program_gets_the_measures_themselves(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """An alert read the words, which changed."""
    publish_health(settings, tmp_path)
    feeds = {feed["feed"]: feed for feed in facts_of(churniq)["feeds"]}
    assert list(feeds) == list(FEEDS)
    late = feeds["payment_events"]["health"]
    assert (late["is_late"], late["late_after_hours"], late["last_gap_day"]) == (True, 72, "2025-03-19")
    assert feeds["journey_events"] == {
        "feed": "journey_events", "is_landed": False, "rows_quarantined": 0, "health": None
    }  # fmt: skip


def test_what_is_ingested_and_not_built_is_said(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """A correction was in the lake for days before anybody built."""
    publish_health(settings, tmp_path)
    assert "not built" not in churniq("status").out
    write_rows(tmp_path / "in" / "journey_events" / "a.csv", [
        {"event_id": "j", "event_type": "visited", "occurred_at": "2025-01-01", "visitor_id": "v"}])  # fmt: skip
    churniq("ingest", tmp_path / "in")
    shown = churniq("status").out
    assert "not built     the newest 1 ingest: run churniq build" in shown
    assert line_of(shown, "journey_events") == "landed, not built"


def test_a_snapshot_from_before_feeds_were_judged(churniq: Churniq, published: Settings) -> None:
    """After an upgrade, the first status ended in an error about a missing table."""
    shown = churniq("status")
    assert shown.status == 0, shown.err
    assert "they were not judged when it was built: run churniq build" in shown.out


def test_only_a_snapshot_beside_the_current_one(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """A build as of a past day in a new home left nothing current, and status failed."""
    warehouse = tmp_path / "health.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(HEALTH)
    publish(settings, warehouse, name="beside", as_of=AS_OF, lake_version=0, is_current=False)
    shown = churniq("status")
    assert shown.status == 0, shown.err
    assert line_of(shown.out, "offers") == "without a date"


def cut(path: Path) -> Path:
    """Leave the first half of a file, as a full disk does."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


@pytest.mark.parametrize(
    "command", [("status",), ("ingest", "in"), ("quarantine", "list"), ("quarantine", "retry"), ("build",)]
)
def test_a_broken_commit_is_named(
    command: tuple[str, ...], churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk had been full, and every command said that this should not have happened."""
    write_rows(
        tmp_path / "in" / "subscription_events" / "a.csv", [cancellation("a"), cancellation("b", event_type="?")]
    )
    monkeypatch.chdir(tmp_path)
    assert churniq("ingest", "in").status == 0
    commit = cut(settings.lake / "commits" / "00000001.json")
    refused = churniq(*command)
    assert refused.status == 1
    assert f"The commit {commit} of the lake is broken: restore this file from a backup" in refused.err
    assert "should not have happened" not in refused.err


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"file": "snapshots/x.duckdb"}', "null", "foreign"])
@pytest.mark.parametrize("command", [("status",), ("sql", "select 1")])
def test_a_broken_pointer_is_named(
    command: tuple[str, ...], content: str, churniq: Churniq, published: Settings, tmp_path: Path
) -> None:
    """A pointer that was cut off was a parser's complaint without the name of the file."""
    pointer = published.published / "current.json"
    if content == "foreign":
        content = json.dumps({**json.loads(pointer.read_text()), "file": "../../elsewhere.duckdb"})
    pointer.write_text(content)
    refused = churniq(*command)
    assert refused.status == 1
    assert refused.sentence == (
        f"churniq: {pointer} is broken or not ChurnIQ's, since it names no snapshot: run churniq build."
    )
    publish_health(published, tmp_path)
    assert churniq(*command).status == 0, "publishing again is the remedy"


def test_a_broken_pointer_beside_the_current_one(churniq: Churniq, published: Settings, tmp_path: Path) -> None:
    """Publishing failed over the pointer of another day, when everything had been done."""
    (pointer,) = (published.published / "as_of").glob("*.json")
    cut(pointer)
    before = set((published.published / "snapshots").iterdir())
    publish_health(published, tmp_path)
    assert before < set((published.published / "snapshots").iterdir()), "what it named must not be removed"
    refused = churniq("status")
    assert "run churniq build --as-of 20250101T000000.000000Z, or remove the file." in refused.sentence
    assert parse_as_of("20250101T000000.000000Z") == datetime(2025, 1, 1)  # noqa: DTZ001
    pointer.unlink()
    assert churniq("status").status == 0


def test_a_lost_snapshot_is_named(churniq: Churniq, published: Settings) -> None:
    """Somebody had tidied up the folder of snapshots."""
    file = published.published / find_snapshot(published).file
    file.unlink()
    for command in (("status",), ("sql", "select 1")):
        refused = churniq(*command)
        assert refused.status == 1
        assert refused.sentence == (
            f"churniq: The snapshot {file} is lost or broken: run churniq build, which publishes it again."
        )


@pytest.mark.parametrize(
    ("as_of", "remedy"),
    [
        ("latest", "run churniq build again"),
        (
            "2026-05-01T21:59:59.999999",
            "run churniq build --as-of 2026-05-01T21:59:59.999999, or the backfill of that day again",
        ),
        ("2026-05-01T00:00:00Z", "run churniq build --as-of 2026-05-01T00:00:00Z, or the backfill of that day again"),
    ],
)
def test_a_killed_build_says_what_builds_it_again(
    as_of: str, remedy: str, churniq: Churniq, settings: Settings
) -> None:
    """After a killed backfill it said to run churniq build, which does not make the day that was missing.

    It said so of one that was stopped in Dagster's pages long after it no longer did of a killed one.
    """
    write_record(settings, BuildRecord(as_of, "2026-06-01T00:00:00+00:00", None, None))
    assert f"{remedy}\n" in churniq("status").out
    assert stopped_sentence(as_of).endswith(f"{remedy}.")


@pytest.mark.parametrize("content", ["", "[]", '{"as_of": "latest"}'])
def test_a_broken_record_of_the_last_build_is_named(content: str, churniq: Churniq, settings: Settings) -> None:
    """A build was killed while it wrote how it had gone."""
    record = settings.work / "last_build.json"
    record.write_text(content)
    refused = churniq("status")
    assert refused.status == 1
    assert refused.sentence == (f"churniq: {record} is broken: remove it, or run churniq build, which writes it again.")


@pytest.mark.parametrize("damage", ["cut", "middle", "lost"])
@pytest.mark.parametrize(
    "command", [("status",), ("quarantine", "list"), ("quarantine", "show"), ("quarantine", "retry")]
)
def test_a_broken_quarantine_file_is_named(
    command: tuple[str, ...], damage: str, churniq: Churniq, settings: Settings, tmp_path: Path
) -> None:
    """Of a hundred files one was broken, and the message said that one was."""
    rows = [cancellation(f"e{number}", event_type="?") for number in range(50)]
    for name in "ab":
        write_rows(tmp_path / name / "subscription_events" / f"{name}.csv", [*rows, cancellation(name)])
        assert churniq("ingest", tmp_path / name).status == 0
    _, file = sorted((settings.lake / "quarantine").glob("*.parquet"))
    content = file.read_bytes()
    if damage == "lost":
        file.unlink()
    elif damage == "cut":
        cut(file)
    else:
        footer = int.from_bytes(content[-8:-4], "little") + 8
        file.write_bytes(b"PAR1" + b"\xff" * (len(content) - footer - 4) + content[-footer:])
    refused = churniq(*command)
    assert refused.status == 1
    assert refused.sentence.startswith(
        f"churniq: The quarantine file {file} is lost or broken: restore it from a backup"
    )


def test_what_was_accepted_and_looks_wrong_is_counted(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """A payment told under two ids counted twice, and nothing said so."""
    publish_health(
        settings,
        tmp_path,
        "create table ops.data_warnings as "
        "select unnest(['stale', 'transaction_twice', 'transaction_twice']) as warning",
    )
    told = churniq("status").out
    assert "look at them: 1 silent without a period end, 2 transactions told twice; ops.data_warnings" in told


def test_what_waits_in_the_inbox_is_told(churniq: Churniq, settings: Settings) -> None:
    """Files lay for days in a folder that nobody takes, and in one that a killed build had claimed."""
    old = 1_700_000_000
    for name in ("offers/a.csv", ".claimed/offers/b.csv", "offer/c.csv", "stripe/.20261123T041500Z-17-000003.jsonl"):
        path = write_bytes(settings.landing / name, "x")
        os.utime(path, (old, old))
    write_bytes(settings.landing / "offers" / "young.csv", "x")
    told = churniq("status").out
    since = "the oldest since 2023-11-14T22:13:20Z"
    assert f"inbox         offers: 1 file waiting, 1 file still being written, 1 file taken, {since}\n" in told
    assert f"inbox         stripe: 1 file still being written, {since}\n" in told
    assert f"inbox         offer: 1 file waiting, {since}; NO FEED AND NO SENDER has this name" in told
    folders = {each["folder"]: each for each in json.loads(churniq("status", "--format", "json").out)["inbox"]}
    assert folders["offers"]["claimed"] == 1


def test_a_run_that_has_just_started_is_not_dead(churniq: Churniq, settings: Settings) -> None:
    """Of a backfill that had just been launched in Dagster's pages the first day was called dead: it was importing."""
    folder = settings.work / "dagster" / "history"
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "runs.db") as connection:
        connection.execute("create table runs (id, run_id, pipeline_name, status, create_timestamp, start_time)")
        connection.execute("create table run_tags (run_id, key, value)")
        row = [1, "run-1", "__ASSET_JOB", "STARTED", "2026-11-28 04:11:00.5", time.time() - 60]
        connection.execute("insert into runs values (?, ?, ?, ?, ?, ?)", row)
        connection.execute("insert into run_tags values ('run-1', 'dagster/partition', '2026-05-05')")
    told = "chosen assets for 2026-05-05 of 2026-11-28T04:11:00+00:00, started by Dagster's pages"
    assert f"{told}, waits for its turn" in churniq("status").out
    with sqlite3.connect(folder / "runs.db") as connection:
        connection.execute("update runs set start_time = start_time - 120")
    assert f"{told}, is DEAD" in churniq("status").out


def test_dead_and_failed_runs_are_told_whoever_started_them(churniq: Churniq, settings: Settings) -> None:
    """A build that the sensor had started was killed at night, and nothing said so."""
    folder = settings.work / "dagster" / "history"
    folder.mkdir(parents=True)
    with sqlite3.connect(folder / "runs.db") as connection:
        connection.execute("create table runs (id, run_id, pipeline_name, status, create_timestamp, start_time)")
        connection.execute("create table run_tags (run_id, key, value)")
        for number, status in enumerate(("FAILURE", "SUCCESS", "FAILURE", "STARTED", "QUEUED")):
            row = [number, f"run-{number}", "full_build", status, f"2026-11-28 04:1{number}:00.5", 1795839120.5]
            connection.execute("insert into runs values (?, ?, ?, ?, ?, ?)", row)
        connection.execute("insert into run_tags values ('run-3', 'dagster/sensor_name', 'inbox_sensor')")
        connection.execute("insert into run_tags values ('run-2', 'dagster/schedule_name', 'daily_build')")
    lines = [line for line in churniq("status").out.splitlines() if line.startswith("run  ")]
    assert len(lines) == 3, "what failed before a success is past"
    assert lines[0].endswith("waits for its turn")
    assert "04:13:00+00:00, started by the sensor inbox_sensor, is DEAD" in lines[1]
    assert "started by the schedule daily_build, FAILED" in lines[2]
    lock = FileLock(settings.locks / "build.lock")
    with lock:
        write_record(settings, BuildRecord("latest", "2026-11-28T04:13:00+00:00", None, None, run_id="run-3"))
        assert "started by the sensor inbox_sensor, is running" in churniq("status").out
    (folder / "runs.db").write_bytes(b"SQLite format 3\0 and then nothing")
    assert churniq("status").status == 0
