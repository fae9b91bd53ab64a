"""``churniq ingest`` as a person meets it: what it prints, how it ends, and every mistake in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from pipelines.lake.store import Lake
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, cancellation, payment

CHURNIQ = str(Path(sys.executable).with_name("churniq"))


def test_the_accounting_by_feed(churniq: Churniq, tmp_path: Path) -> None:
    """The sums of an ingest could only be had from the database, and nobody looked."""
    events = [cancellation("a"), cancellation("a"), cancellation("b", event_type="?"), cancellation("c")]
    write_rows(tmp_path / "in" / "subscription_events" / "a.csv", events)
    write_rows(tmp_path / "in" / "subscription_events" / "b.jsonl", events[:1])
    write_rows(tmp_path / "in" / "payment_events" / "c.parquet", [payment("p")])
    shown = churniq("ingest", tmp_path / "in")
    assert (shown.status, shown.err) == (0, "")
    assert [line.split() for line in shown.out.splitlines()] == [
        ["feed", "files", "read", "loaded", "duplicate", "quarantined"],
        ["payment_events", "1", "1", "1", "0", "0"],
        ["subscription_events", "2", "5", "2", "2", "1"],
    ]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nowhere",), "churniq: there is no file or folder nowhere: check the path (see churniq ingest --help)."),
        (("in", "--source", "nobody"), "churniq: there is no source 'nobody': choose one of canonical, "),
        ((), "churniq: Missing argument 'PATH' (see churniq ingest --help)."),
        (("in", "--sauce", "kkbox"), "churniq: No such option"),
    ],
)
def test_wrong_usage(
    arguments: tuple[str, ...], complaint: str, churniq: Churniq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script took a mistyped folder for a quiet day, since the exit status was 0."""
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    assert churniq("ingest", *arguments).complaint.startswith(complaint)


@pytest.mark.parametrize(
    ("name", "content", "clause"),
    [
        ("a.parquet", b"not parquet at all", "since "),
        ("a.csv", b"event_id\x00\n1\n", "since it is not UTF-8 text: convert it to UTF-8"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00\x00", "since Truncated compressed stream"),
        ("a.xls", b"PK", "since its name ends in none of .csv, .tsv, .txt, .jsonl, .ndjson, .json, .parquet, .xlsx"),
        ("a.csv", b"", "since it is empty: a CSV file needs a header row"),
        (
            "a.csv",
            b"event_id,event_type,occurred_at\n1,ended,2025-01-01\n",
            "since it lacks the required columns customer_id, subscription_id of subscription_events",
        ),
    ],
)
def test_a_file_that_cannot_be_read(name: str, content: bytes, clause: str, churniq: Churniq, tmp_path: Path) -> None:
    """A scheduler went on to build on a day whose only file had been refused."""
    path = write_bytes(tmp_path / "in" / "subscription_events" / name, content)
    alone = churniq("ingest", tmp_path / "in")
    assert alone.status == 1
    assert alone.sentence.startswith(f"churniq: {path} was quarantined whole, {clause}")
    assert alone.sentence.endswith("ingest it again.")
    # Beside a file that loads it is no failure, but still said.
    write_rows(tmp_path / "in" / "subscription_events" / "good.csv", [cancellation("g")])
    beside = churniq("ingest", tmp_path / "in")
    assert beside.status == 0
    assert beside.sentence == alone.sentence


def test_a_source_whose_columns_are_not_there(churniq: Churniq, tmp_path: Path) -> None:
    """The transactions of one sender were ingested as those of another, and all of them vanished."""
    path = write_rows(tmp_path / "transactions.csv", [cancellation("a")])
    refused = churniq("ingest", path, "--source", "kkbox")
    assert refused.status == 1
    assert f"{path} was quarantined whole, since it lacks the columns msno, " in refused.sentence


def test_every_broken_file_has_its_own_line(churniq: Churniq, tmp_path: Path) -> None:
    """Of three broken files the first was named, and the others were found the days after."""
    for name in ("a.parquet", "b.parquet", "c.parquet"):
        write_bytes(tmp_path / "in" / "payment_events" / name, b"x")
    refused = churniq("ingest", tmp_path / "in")
    assert refused.status == 1
    assert [line.split()[1].rsplit("/", 1)[1] for line in refused.err.splitlines()] == [
        "a.parquet",
        "b.parquet",
        "c.parquet",
    ]


def test_a_second_ingest_while_one_runs(
    churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two terminals ingested the same folder, and one of them won."""
    write_rows(tmp_path / "in" / "payment_events" / "a.csv", [payment("p")])
    monkeypatch.setenv("CHURNIQ_WAIT_SECONDS", "0")
    with FileLock(settings.locks / "ingest.lock"):
        refused = churniq("ingest", tmp_path / "in")
    assert refused.status == 1
    assert refused.sentence == (
        f"churniq: Another ingest into {settings.home} is running: wait for it to end, then run this again."
    )
    assert churniq("ingest", tmp_path / "in").status == 0


@pytest.mark.parametrize("debug", [False, True])
def test_a_traceback_is_for_debug_only(debug: bool, home: Path, tmp_path: Path) -> None:
    """Operators read forty lines of Python to learn that a folder was empty; developers got no line at all."""
    (tmp_path / "empty").mkdir()
    arguments = ["--debug"] if debug else []
    done = subprocess.run(
        [CHURNIQ, *arguments, "ingest", str(tmp_path / "empty")],
        env=os.environ.copy(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert ("Traceback (most recent call last)" in done.stderr) == debug
    assert f"{tmp_path / 'empty'} holds no files to ingest" in done.stderr.splitlines()[-1]
    assert len(done.stderr.splitlines()) == 1 or debug


def test_a_file_of_which_every_row_is_rejected_fails(churniq: Churniq, tmp_path: Path) -> None:
    """Payloads of one store given to another's adapter: all in quarantine, and exit status 0 without a word."""
    write_rows(tmp_path / "in" / "subscription_events" / "a.csv", [cancellation("a", event_type="?")])
    refused = churniq("ingest", str(tmp_path / "in"))
    assert refused.status == 1
    assert "a.csv: not one of its 1 rows was loaded (not_allowed:event_type 1)" in refused.sentence


def test_what_is_left_out_is_said(churniq: Churniq, tmp_path: Path) -> None:
    """A link to last year's export was skipped, and so was last year."""
    folder = tmp_path / "in" / "subscription_events"
    write_rows(folder / "a.csv", [cancellation("a")])
    write_rows(tmp_path / "b.csv", [cancellation("b")])
    (folder / "link.csv").symlink_to(tmp_path / "b.csv")
    (folder / ".hidden.csv").write_text("")
    done = churniq("ingest", str(tmp_path / "in"))
    assert done.status == 0
    assert f"Left out 2 of the files under {tmp_path / 'in'}" in done.err


def test_a_mended_mapping_maps_its_files_again(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """The runbook said to mend the mapping and reingest, which went on with the mapping as it had been."""
    mapping = tmp_path / "old.yml"
    text = (
        "name: old\nfeed: customer_events\ncolumns:\n  event_id: id\n  event_type: {constant: registered}\n"
        "  occurred_at: when\n  customer_id: {constant: WHO}\n"
    )
    mapping.write_text(text)
    path = write_bytes(tmp_path / "old.csv", "id,when,who\n1,2025-01-01,c1\n")
    assert churniq("ingest", str(path), "--mapping", str(mapping)).status == 0
    mapping.write_text(text.replace("{constant: WHO}", "who"))
    assert "1 rows added, 1 removed" in churniq("reingest", "--mapping", str(mapping)).out
    assert [row["customer_id"] for row in accepted(settings, "customer_events")] == ["c1"]
    assert "migration-old" in churniq("sources").out


@pytest.mark.parametrize("command", ["list", "show", "retry"])
def test_a_mistyped_feed_is_not_an_empty_quarantine(command: str, churniq: Churniq, tmp_path: Path) -> None:
    """Nothing was rejected, it said, of a feed that there was not, while twelve rows were of the one that was meant."""
    write_rows(
        tmp_path / "in" / "subscription_events" / "a.csv", [cancellation("a"), cancellation("b", event_type="?")]
    )
    assert churniq("ingest", tmp_path / "in").status == 0
    near = churniq("quarantine", command, "--feed", "subscription_event").complaint
    assert near.startswith("churniq: there is no feed or source 'subscription_event': choose subscription_events")
    far = churniq("quarantine", command, "--feed", "xyz").complaint
    assert "choose subscription_events or payment_events or " in far
    if command != "retry":
        nothing = churniq("quarantine", command, "--feed", "payment_events")
        assert (nothing.status, nothing.out) == (0, "no such row is in quarantine\n")


@pytest.mark.parametrize("command", ["list", "show"])
def test_a_file_that_the_lake_does_not_know(command: str, churniq: Churniq, tmp_path: Path) -> None:
    """The rejected rows of a file were asked for by the name it has on the disk, and there were none."""
    name = "subscription_events/first.csv"
    write_rows(tmp_path / "in" / name, [cancellation("a"), cancellation("b", event_type="?")])
    assert churniq("ingest", tmp_path / "in").status == 0
    for mistyped in ("first.csv", "subscription_events/frist.csv"):
        refused = churniq("quarantine", command, "--file", mistyped)
        assert refused.status == 1
        assert refused.sentence == f"churniq: The lake knows no file '{mistyped}': choose {name}."
    refused = churniq("quarantine", command, "--file", "zzz")
    assert refused.sentence == "churniq: The lake knows no file 'zzz': churniq quarantine list names some."
    shown = churniq("quarantine", command, "--file", name)
    assert shown.status == 0
    assert "not_allowed:event_type" in shown.out


def test_the_name_of_a_file_commands_no_terminal(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """A file's name cleared the screen of whoever ingested it, and another one turned the letters round."""
    for name in ("a\x1b[2J.csv", "b\u202e\r\n.csv.gz", "c\x9b.xlsx", "d\x1b]0;x\x07.csv"):
        write_bytes(tmp_path / "in" / "payment_events" / name, "event_id\n1\n" if name.startswith("d") else "")
    refused = churniq("ingest", tmp_path / "in")
    assert refused.status == 1
    assert len(refused.err.splitlines()) == 4
    assert all(character.isprintable() or character == "\n" for character in refused.err)
    assert r"payment_events/a\x1b[2J.csv was quarantined whole" in refused.err
    names = [account.file for account in Lake(settings.lake).contents().accounts]
    assert r"payment_events/b\u202e\r\n.csv.gz" in names
    assert all(name.isprintable() for name in names)


def test_a_broken_mapping_stops_nobody_else(churniq: Churniq, settings: Settings, tmp_path: Path) -> None:
    """A mapping that somebody had edited in place stopped the feeds of the whole business."""
    settings.mappings.mkdir()
    (settings.mappings / "old.yml").write_text("name: old\nfeed: invoices\ncolumns: {}\n")
    path = write_rows(tmp_path / "in" / "subscription_events" / "a.csv", [cancellation("a")])
    assert churniq("ingest", tmp_path / "in").status == 0
    listed = churniq("sources")
    assert (listed.status, listed.err) == (0, "")
    told = " ".join(listed.out.split())
    assert "migration-old BROKEN:" in told
    assert "kkbox" in told
    refused = churniq("ingest", path, "--source", "migration-old")
    assert refused.status == 1
    assert "mappings/old.yml: feed: 'invoices' is no feed: choose one of " in refused.sentence
