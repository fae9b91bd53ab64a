"""The inbox: what waits there, what is taken, and what is removed afterwards."""

from __future__ import annotations

from pathlib import Path

from pipelines.lake.inbox import ingest_inbox, waiting_files
from pipelines.settings import Settings
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, cancellation, payment, quarantined


def take(settings: Settings) -> dict[str, int]:
    """The rows loaded of each file that is taken from the inbox."""
    return {account.file: account.rows_loaded for account in ingest_inbox(settings, progress=lambda _: None)}


def test_waiting_files_are_taken_once_and_removed(settings: Settings) -> None:
    """Files stayed in the inbox after their load, and every build read them all again."""
    write_rows(settings.landing / "subscription_events" / "nested" / "a.csv", [cancellation("a")])
    write_rows(settings.landing / "payment_events" / "b.csv", [payment("b")])
    period = {
        "subscription_id": "1",
        "customer_id": "1",
        "start_date": "2025-01-01",
        "end_date": "",
        "monthly_amount": 5,
    }
    write_rows(settings.landing / "periods" / "c.csv", [period])
    assert [file.name for file in waiting_files(settings)] == ["a.csv", "b.csv", "c.csv"]
    assert take(settings) == {"nested/a.csv": 1, "b.csv": 1, "c.csv": 1}
    assert waiting_files(settings) == []
    assert take(settings) == {}
    assert len(accepted(settings, "subscription_events")) == 2
    assert len(list((settings.lake / "landed").rglob("*.csv.zst"))) == 3


def test_files_being_written_and_markers_stay(settings: Settings, tmp_path: Path) -> None:
    """A marker file alone in a feed's folder made every build fail with 'holds no files to ingest'."""
    folder = settings.landing / "subscription_events"
    staying = [folder / "_SUCCESS", folder / ".uploading.csv", settings.landing / "unknown" / "a.csv"]
    for path in staying:
        write_bytes(path, "event_id\n1\n")
    link = folder / "link.csv"
    link.symlink_to(write_bytes(tmp_path / "outside.csv", "event_id\n1\n"))
    assert waiting_files(settings) == []
    assert take(settings) == {}
    write_rows(folder / "a.csv", [cancellation("a")])
    assert take(settings) == {"a.csv": 1}
    assert all(path.exists() for path in (*staying, link, tmp_path / "outside.csv"))


def test_a_broken_file_leaves_the_inbox_too(settings: Settings) -> None:
    """One broken upload in the inbox was quarantined again by every build of the week."""
    write_bytes(settings.landing / "payment_events" / "a.parquet", b"PAR1")
    assert take(settings) == {"a.parquet": 0}
    assert waiting_files(settings) == []
    assert len(quarantined(settings)) == 1


def test_an_environment_without_an_inbox(home: Path) -> None:
    """The sensor of a new environment failed until somebody made the folder."""
    assert waiting_files(Settings()) == []
