"""The inbox: what waits there, what is taken, and what is removed afterwards."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from pipelines.lake import inbox
from pipelines.lake.inbox import ingest_inbox, waiting_files
from pipelines.settings import Settings
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, cancellation, payment, quarantined


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are quiet after a moment, so that no test waits for one."""
    monkeypatch.setattr(inbox, "QUIET_SECONDS", 0.01)


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


def test_a_file_that_is_still_written_is_left_and_loads_whole(settings: Settings) -> None:
    """A build took a file while it was uploaded: half of its rows were landed, the other half removed with it."""
    path = settings.landing / "payment_events" / "a.csv"
    whole = write_rows(path, [payment("a"), payment("b")]).read_bytes()
    with path.open("wb") as upload:
        upload.write(whole[: len(whole) // 2])
        upload.flush()
        assert inbox.quiet_files(settings) == []
        assert take(settings) == {}
        upload.write(whole[len(whole) // 2 :])
    assert inbox.quiet_files(settings) == [path]
    assert take(settings) == {"a.csv": 2}
    assert waiting_files(settings) == []


def test_a_file_that_changes_while_it_is_landed_stays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer on another machine, whom nobody sees, went on after the file was read: its rows were removed unread."""
    path = write_rows(settings.landing / "payment_events" / "a.csv", [payment("a")])
    ingest = inbox.ingest

    def ingest_and_write(settings: Settings, folder: Path, **options: object) -> object:
        result = ingest(settings, folder, **options)  # type: ignore[arg-type]
        with (folder / "a.csv").open("ab") as stream:
            stream.write(write_rows(settings.home / "b.csv", [payment("b")]).read_bytes().splitlines(True)[1])
        return result

    monkeypatch.setattr(inbox, "ingest", ingest_and_write)
    assert take(settings) == {"a.csv": 1}
    assert waiting_files(settings) == [path]
    monkeypatch.setattr(inbox, "ingest", ingest)
    assert take(settings) == {"a.csv": 1}
    assert waiting_files(settings) == []
    assert [row["event_id"] for row in accepted(settings, "payment_events", "event_id")] == ["a", "b"]


def test_what_a_killed_build_had_claimed_is_taken(settings: Settings) -> None:
    """A build was killed between claiming and landing, and the files lay where nobody looked."""
    write_rows(settings.landing / ".claimed" / "payment_events" / "deep" / "a.csv", [payment("a")])
    assert [file.name for file in waiting_files(settings)] == ["a.csv"]
    # A newer file of the same name waits its turn and is not written over.
    newer = write_rows(settings.landing / "payment_events" / "deep" / "a.csv", [payment("b")])
    assert take(settings) == {"deep/a.csv": 1}
    assert waiting_files(settings) == [newer]
    assert take(settings) == {"deep/a.csv": 1}


def test_two_takers_take_each_file_once(settings: Settings) -> None:
    """A schedule and a sensor took the same file at the same time, and one of them failed for it."""
    for number in range(5):
        write_rows(settings.landing / "payment_events" / f"{number}.csv", [payment(str(number))])
    taken: list[dict[str, int]] = []
    takers = [threading.Thread(target=lambda: taken.append(take(settings))) for _ in range(2)]
    for taker in takers:
        taker.start()
    for taker in takers:
        taker.join()
    assert sorted(map(len, taken)) == [0, 5]
