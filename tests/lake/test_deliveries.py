"""Deliveries as senders make them: every format, repeated, contradicting, broken, and always accounted for."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from pipelines.errors import UserError
from pipelines.lake.ingest import IngestResult, ingest
from pipelines.lake.store import Lake
from pipelines.settings import Settings

HEADER = "event_id,event_type,occurred_at,customer_id,subscription_id,amount,currency,billing_interval"
COLUMNS = HEADER.split(",")


def line(event_id: str, amount: str = "9.99", occurred_at: str = "2025-01-01T00:00:00Z") -> str:
    return f"{event_id},started,{occurred_at},c,s,{amount},EUR,month"


def csv_text(*lines: str) -> str:
    return "\n".join([HEADER, *lines]) + "\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    return Settings()


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds" / "subscription_events"
    folder.mkdir(parents=True)
    return folder


def accepted(settings: Settings) -> list[dict[str, Any]]:
    """The accepted subscription events, without their provenance."""
    files = [str(path) for path in Lake(settings.lake).canonical_files("subscription_events")]
    if not files:
        return []
    result = duckdb.execute(
        "select * exclude (source_file, source_row) from read_parquet(?) order by event_id", [files]
    )
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def quarantined(settings: Settings) -> dict[int | None, str]:
    files = [str(path) for path in Lake(settings.lake).quarantine_files()]
    if not files:
        return {}
    return dict(duckdb.execute("select row_number, reason from read_parquet(?)", [files]).fetchall())


def assert_adds_up(result: IngestResult) -> None:
    for account in result.accounts:
        total = account.rows_loaded + account.rows_duplicate + account.rows_quarantined
        assert account.rows_read == total, account


def test_every_format_and_compression_loads_the_same_row(settings: Settings, feed: Path) -> None:
    """The same event sent as CSV, JSON and Parquet once counted three times."""
    record = dict(zip(COLUMNS, line("1").split(","), strict=True))
    table = pa.table({name: [value] for name, value in record.items()})
    (feed / "a.csv").write_bytes(b"\xef\xbb\xbf" + csv_text(line("1")).replace("\n", "\r\n").encode())
    (feed / "b.csv.gz").write_bytes(gzip.compress(csv_text(line("1")).encode()))
    (feed / "c.jsonl").write_text(json.dumps({**record, "amount": 9.99, "offer_id": ""}))
    pq.write_table(table, feed / "d.parquet")
    (feed / "e.parquet.gz").write_bytes(gzip.compress((feed / "d.parquet").read_bytes()))
    with pa.output_stream(str(feed / "f.csv.zst"), compression="zstd") as stream:
        stream.write(csv_text(line("1")).encode())
    result = ingest(settings, feed.parent)
    assert_adds_up(result)
    assert sum(account.rows_loaded for account in result.accounts) == 1
    assert sum(account.rows_duplicate for account in result.accounts) == 5
    assert len(accepted(settings)) == 1


def test_a_conflict_is_quarantined_and_the_first_row_stays(settings: Settings, feed: Path) -> None:
    """An event re-sent with another amount silently replaced the accepted one."""
    (feed / "a.csv").write_text(csv_text(line("1"), line("1"), line("1", "8.88"), line("2", "-1"), line("2")))
    result = ingest(settings, feed.parent)
    assert_adds_up(result)
    assert [str(row["amount"]) for row in accepted(settings)] == ["9.9900", "9.9900"]
    assert quarantined(settings) == {3: "conflict", 4: "negative:amount"}


def test_ingesting_again_is_all_duplicates(settings: Settings, feed: Path) -> None:
    """A repeated download doubled a month's revenue."""
    (feed / "a.csv").write_text(csv_text(*(line(str(number)) for number in range(50))))
    ingest(settings, feed.parent)
    before = accepted(settings)
    result = ingest(settings, feed.parent)
    assert [(account.rows_loaded, account.rows_duplicate) for account in result.accounts] == [(0, 50)]
    assert accepted(settings) == before


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (line(""), "missing:event_id"),
        (line("1", ""), "missing:amount"),
        (line("1", "1.23456"), "invalid:amount"),
        (line("1", "NaN"), "invalid:amount"),
        (line("1", occurred_at="yesterday"), "invalid:occurred_at"),
        (line("1", occurred_at="infinity"), "invalid:occurred_at"),
        (line("1", occurred_at="9999-12-31"), "out_of_range:occurred_at"),
        (line("1", occurred_at="0001-01-01"), "out_of_range:occurred_at"),
        (line("1").replace("started", "begun"), "not_allowed:event_type"),
        (line("1").replace("EUR", "euro"), "not_allowed:currency"),
        (line("1").replace("month", "fortnight"), "not_allowed:billing_interval"),
        ("1,started", "malformed_row"),
        (line("1") + ",one,too,many", "malformed_row"),
    ],
)
def test_a_broken_row_keeps_its_reason_and_its_neighbours_load(
    settings: Settings, feed: Path, row: str, reason: str
) -> None:
    """One bad row once refused a whole file."""
    (feed / "a.csv").write_text(csv_text(line("before"), row, line("after")))
    assert_adds_up(ingest(settings, feed.parent))
    assert [event["event_id"] for event in accepted(settings)] == ["after", "before"]
    assert quarantined(settings) == {2: reason}


def test_times_in_every_allowed_form_are_one_instant(settings: Settings, feed: Path) -> None:
    """Offsets ignored move a renewal by a day."""
    forms = ("2025-01-01T00:00:00Z", "2025-01-01 01:00:00+01:00", "2025-01-01", "1735689600000", "2025-01-01T00:00")
    (feed / "a.csv").write_text(csv_text(*(line(str(n), occurred_at=form) for n, form in enumerate(forms))))
    ingest(settings, feed.parent)
    assert len({row["occurred_at"] for row in accepted(settings)}) == 1
    assert len(accepted(settings)) == len(forms)


def test_unknown_columns_are_kept(settings: Settings, feed: Path) -> None:
    """A sender's new column was dropped for months before anybody missed it."""
    (feed / "a.csv").write_text(f"{HEADER},store\n{line('1')},kiosk\n{line('2')},\n")
    ingest(settings, feed.parent)
    assert [row["extra"] for row in accepted(settings)] == ['{"store":"kiosk"}', None]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.csv.gz", gzip.compress(csv_text(*(line(str(n)) for n in range(2000))).encode())[:-30]),
        ("not.parquet", b"not parquet"),
        ("zeros.csv", csv_text(line("1")).encode().replace(b",", b",\x00")),
        ("empty.csv", b""),
        ("letter.docx", b"dear sir"),
    ],
)
def test_an_unreadable_file_is_quarantined_whole_beside_good_ones(
    settings: Settings, feed: Path, name: str, content: bytes
) -> None:
    """A truncated upload stopped the night's load."""
    (feed / name).write_bytes(content)
    (feed / "good.csv").write_text(csv_text(line("1")))
    result = ingest(settings, feed.parent)
    assert_adds_up(result)
    assert [row["event_id"] for row in accepted(settings)] == ["1"]
    assert len(result.unreadable) == 1
    assert name in result.unreadable[0]


def test_missing_required_columns_are_named(settings: Settings, feed: Path) -> None:
    """A renamed column gave an empty feed and no word."""
    (feed / "a.csv").write_text("event_id,event_type,occurred_at\n1,ended,2025-01-01\n")
    result = ingest(settings, feed.parent)
    assert_adds_up(result)
    assert "customer_id, subscription_id" in result.unreadable[0]
    assert accepted(settings) == []


def test_the_newest_row_of_a_state_feed_is_kept_with_the_older_ones(settings: Settings, tmp_path: Path) -> None:
    """A corrected day of viewing has to be known as it was before, too."""
    folder = tmp_path / "feeds" / "engagement_daily"
    folder.mkdir(parents=True)
    header = "customer_id,activity_date,minutes_watched,recorded_at\n"
    (folder / "a.csv").write_text(f"{header}c,2025-01-01,10,2025-01-02\nc,2025-01-01,12,2025-01-03\n")
    (folder / "b.csv").write_text(f"{header}c,2025-01-01,10,2025-01-02T00:00:00Z\n")
    result = ingest(settings, folder.parent)
    assert [(a.rows_loaded, a.rows_duplicate, a.rows_quarantined) for a in result.accounts] == [(2, 0, 0), (0, 1, 0)]


def test_two_ingests_at_once_are_refused_in_one_sentence(settings: Settings, feed: Path) -> None:
    """Two writers at once lost one's commit."""
    (feed / "a.csv").write_text(csv_text(line("1")))
    settings.prepare()
    settings.wait_seconds = 0
    with FileLock(settings.locks / "ingest.lock"), pytest.raises(UserError, match="Another ingest"):
        ingest(settings, feed.parent)


def test_nothing_to_ingest_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    """A mistyped folder looked like an empty day."""
    with pytest.raises(UserError, match="There is no file or folder"):
        ingest(settings, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no files to ingest"):
        ingest(settings, tmp_path / "empty")


def test_a_killed_ingest_run_again_gives_what_an_undisturbed_one_would(
    settings: Settings, feed: Path, tmp_path: Path
) -> None:
    """A machine that restarted in the middle of a load left half a day behind."""
    for number in range(6):
        rows = (line(f"{number}-{row}") for row in range(4000))
        (feed / f"{number}.csv").write_text(csv_text(*rows))
    undisturbed = tmp_path / "undisturbed"
    churniq = str(Path(sys.executable).with_name("churniq"))
    command = [churniq, "--quiet", "ingest", str(feed.parent)]
    subprocess.run(command, env={**os.environ, "CHURNIQ_HOME": str(undisturbed)}, check=True, capture_output=True)
    for delay in (0.3, 0.6, 0.9):
        process = subprocess.Popen(command, env=os.environ.copy(), stdout=subprocess.DEVNULL)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, env=os.environ.copy(), check=True, capture_output=True)
    disturbed = accepted(settings)
    os.environ["CHURNIQ_HOME"] = str(undisturbed)
    assert disturbed == accepted(Settings())
