"""Files that are meant to hurt, or that are merely huge: what happens to them, and that their neighbours load."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, account_of, cancellation, deliver, quarantined, start

MEASURED = """
import sys
from pathlib import Path
from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
for account in ingest(Settings(), Path(sys.argv[1])).accounts:
    print(account.file.split("/")[-1], account.rows_read, account.rows_loaded, account.rows_quarantined)
[peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(peak.split()[1]) // 1024)
"""


def ingest_measured(folder: Path, home: Path) -> tuple[dict[str, tuple[int, ...]], int]:
    """Rows read, loaded and quarantined by file, and the peak memory in MiB, of an ingest in a process of its own.

    The usage that the system reports of a process begins with that of the process which started it; the high-water
    mark of its own memory does not.
    """
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(folder)],
        env={**os.environ, "CHURNIQ_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    *files, mebibytes = done.stdout.splitlines()
    rows = {name: tuple(map(int, counts)) for name, *counts in (line.split() for line in files)}
    return rows, int(mebibytes)


def test_a_zip_bomb_is_one_bad_row_and_its_neighbours_load(tmp_path: Path) -> None:
    """A megabyte of gzip that held a gigabyte of zeros took the machine's memory, and the row was never heard of."""
    folder = tmp_path / "subscription_events"
    folder.mkdir()
    with gzip.open(folder / "bomb.jsonl.gz", "wb", compresslevel=9) as stream:
        for _ in range(1_000):
            stream.write(b"0" * (1 << 20))
    write_rows(folder / "good.csv", [cancellation("a")])
    rows, mebibytes = ingest_measured(tmp_path, tmp_path / "home")
    assert rows == {"good.csv": (1, 1, 0), "bomb.jsonl.gz": (1, 0, 1)}
    assert mebibytes < 1_000


LONG = "x" * (40 << 20)
HEADER = "event_id,event_type,occurred_at,customer_id,subscription_id,note"
GOOD = "{},cancel_scheduled,2025-01-01,c,s,n"


@pytest.mark.parametrize(
    "long_line",
    [
        f"b,cancel_scheduled,2025-01-01,c,s,{LONG}",
        f'b,cancel_scheduled,2025-01-01,c,s,"{LONG}"',
        f'b,cancel_scheduled,2025-01-01,c,s,"first\n{LONG}"',
        LONG,
    ],
    ids=["a field", "a quoted field", "the second line of a quoted field", "no fields"],
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_line_too_long_is_rejected_and_counted(
    long_line: str, ending: str, settings: Settings, tmp_path: Path
) -> None:
    """Lines of more than half a gigabyte vanished: read 2, loaded 2, quarantined none, of three."""
    text = ending.join([HEADER, GOOD.format("a"), long_line, GOOD.format("c"), ""])
    result = deliver(settings, write_bytes(tmp_path / "subscription_events" / "long.csv", text))
    assert account_of(result, "long.csv") == (3, 2, 0, 1)
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [(2, "malformed_row")]
    assert [row["event_id"] for row in accepted(settings, "subscription_events")] == ["a", "c"]


def test_a_line_of_json_too_long_is_rejected_and_counted(settings: Settings, tmp_path: Path) -> None:
    """The same of JSON Lines, at the end of a file without a newline as well."""
    rows = [json.dumps(cancellation(name)) for name in "ac"]
    text = "\n".join([rows[0], json.dumps(cancellation("b", note=LONG)), rows[1], json.dumps({"note": LONG})])
    result = deliver(settings, write_bytes(tmp_path / "subscription_events" / "long.jsonl", text))
    assert account_of(result, "long.jsonl") == (4, 2, 0, 2)
    assert [row["row_number"] for row in quarantined(settings)] == [2, 4]


@pytest.mark.long
def test_a_line_beyond_what_the_reader_can_skip(tmp_path: Path) -> None:
    """The same of a line of 600 MB, at which DuckDB's reader says nothing."""
    folder = tmp_path / "subscription_events"
    folder.mkdir()
    with (folder / "long.csv").open("w") as stream:
        stream.write(f"{HEADER}\n{GOOD.format('a')}\nb,cancel_scheduled,2025-01-01,c,s,")
        for _ in range(600):
            stream.write("y" * (1 << 20))
        stream.write(f"\n{GOOD.format('c')}\n")
    rows, mebibytes = ingest_measured(tmp_path, tmp_path / "home")
    assert rows == {"long.csv": (3, 2, 1)}
    assert mebibytes < 1_000


@pytest.mark.long
def test_a_file_of_a_gigabyte_stays_within_its_memory(tmp_path: Path) -> None:
    """A migration came as one file, and the loader was killed for its memory after an hour."""
    folder = tmp_path / "subscription_events"
    folder.mkdir()
    with (folder / "large.csv").open("w") as stream:
        stream.write("event_id,event_type,occurred_at,customer_id,subscription_id,note\n")
        number = 0
        while stream.tell() < 1 << 30:
            stream.writelines(
                f"event-{part},cancel_scheduled,2025-01-01T00:00:00Z,customer-{part},subscription-{part},{'x' * 60}\n"
                for part in range(number, number + 100_000)
            )
            number += 100_000
    rows, mebibytes = ingest_measured(tmp_path, tmp_path / "home")
    assert rows["large.csv"] == (number, number, 0)
    assert mebibytes < 2_000


@pytest.mark.long
def test_three_thousand_tiny_files(settings: Settings, tmp_path: Path) -> None:
    """A sender of one file an event made an ingest quadratic in their number."""
    folder = tmp_path / "subscription_events"
    for number in range(3_000):
        write_bytes(
            folder / f"{number % 50}" / f"{number}.jsonl",
            f'{{"event_id": "e{number}", "event_type": "cancel_scheduled", "occurred_at": "2025-01-01T00:00:00Z", '
            f'"customer_id": "c", "subscription_id": "s{number}"}}\n',
        )
    began = resource.getrusage(resource.RUSAGE_SELF)
    result = deliver(settings, tmp_path)
    ended = resource.getrusage(resource.RUSAGE_SELF)
    assert sum(account.rows_loaded for account in result.accounts) == 3_000
    # Processor time, which other work on the machine does not change much; a quadratic ingest takes minutes.
    assert ended.ru_utime - began.ru_utime < 60


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"currency": "ZZZ"}, "not_allowed:currency"),
        ({"currency": "XXX"}, "not_allowed:currency"),
        ({"currency": "eur"}, "not_allowed:currency"),
        ({"country": "XX"}, "not_allowed:country"),
        ({"country": "NLD"}, "not_allowed:country"),
    ],
)
def test_codes_that_no_standard_has(change: dict[str, str], reason: str, settings: Settings, tmp_path: Path) -> None:
    """ZZZ had three capitals, so it was a currency, and nobody could find its rate."""
    rows = [start("bad", **change), start("good"), start("old", currency="HRK", country="HR")]
    result = deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", rows))
    assert account_of(result, "a.csv") == (3, 2, 0, 1)
    assert [row["reason"] for row in quarantined(settings)] == [reason]
