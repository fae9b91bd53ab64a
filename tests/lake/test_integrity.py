"""A flipped byte, a lost file, a commit put in another's place: named with the remedy, never served in silence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.lake.healing import heal
from pipelines.lake.integrity import damaged_parquet_files, require_sound
from pipelines.lake.reingest import reingest
from pipelines.lake.store import Commit, Lake
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import write_rows
from tests.homes import fill
from tests.lake.contents import cancellation, deliver, payment


@pytest.fixture
def lake(settings: Settings, tmp_path: Path) -> Lake:
    """Three commits: accepted rows of two feeds, a rejected row, a landed file each."""
    for name in "abc":
        rows = [cancellation(f"{name}{number}") for number in range(20)] + [cancellation(name, event_type="?")]
        write_rows(tmp_path / name / "subscription_events" / f"{name}.csv", rows)
        write_rows(tmp_path / name / "payment_events" / f"{name}.parquet", [payment(name)])

    def make() -> None:
        for name in "abc":
            deliver(settings, tmp_path / name)

    fill(settings, "three commits", make)
    return Lake(settings.lake)


def flip(path: Path, position: int | None = None) -> None:
    """One bit of a file, as a disk or a memory loses it."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if position is None else position] ^= 1
    path.write_bytes(content)


def test_a_flip_in_any_file_is_found_and_named(churniq: Churniq, lake: Lake) -> None:
    """A flipped bit in a Parquet file changed a sum of payments, and nobody was told."""
    assert churniq("verify").status == 0
    files = [path for path in lake.root.rglob("*") if path.is_file()]
    assert len(files) >= 3 + 1 + 6 + 6 + 3
    for path in files:
        whole = path.read_bytes()
        for position in {0, len(whole) // 3, len(whole) - 1}:
            flip(path, position)
            found = churniq("verify")
            assert found.status == 1, (path, position)
            assert path.name in found.err, (path, position, found.err)
            assert "Traceback" not in found.err
            path.write_bytes(whole)
    assert churniq("verify").status == 0


def test_a_deletion_of_any_file_is_found_and_named(churniq: Churniq, lake: Lake) -> None:
    """A commit file that was deleted, the newest too, was overwritten by the next ingest."""
    for path in [path for path in lake.root.rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        path.unlink()
        found = churniq("verify")
        assert found.status == 1, path
        assert path.name in found.err, (path, found.err)
        path.write_bytes(whole)


def test_an_ingest_after_a_lost_commit_is_refused(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    """The rows of the lost commit were gone for good once another had its number."""
    newest = lake.root / "commits" / "00000003.json"
    newest.rename(newest.with_suffix(".lost"))
    with pytest.raises(UserError, match=r"The commit .*00000003\.json of the lake is missing: restore the folder"):
        deliver(settings, write_rows(tmp_path / "d" / "payment_events" / "d.csv", [payment("d")]))
    assert not newest.exists()


def test_a_commit_replaces_none(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers on a shared disk without locks wrote one commit, and one of them was lost."""
    before = (lake.root / "commits" / "00000003.json").read_bytes()
    two = [lake.root / "commits" / f"0000000{number}.json" for number in (1, 2)]
    monkeypatch.setattr(Lake, "_commit_files", lambda _: two)
    with pytest.raises(UserError, match="is there already"):
        lake.append(Commit("2026-01-01T00:00:00", "canonical", ()))
    assert (lake.root / "commits" / "00000003.json").read_bytes() == before


@pytest.mark.parametrize("moment", ["before the commit", "before the head"])
def test_a_commit_is_whole_or_absent_at_any_moment(
    moment: str, lake: Lake, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process killed between the commit and what says that it is the newest must not look like damage."""
    head = (lake.root / "head.json").read_text()
    deliver(settings, write_rows(tmp_path / "d" / "payment_events" / "d.csv", [payment("d")]))
    assert json.loads((lake.root / "head.json").read_text())["number"] == 4
    (lake.root / "head.json").write_text(head)
    if moment == "before the commit":
        (lake.root / "commits" / "00000004.json").rename(lake.root / "commits" / ".00000004.json.tmp")
    expected = 3 if moment == "before the commit" else 4
    assert len(lake.commits()) == expected
    deliver(settings, write_rows(tmp_path / "e" / "payment_events" / "e.csv", [payment("e")]))
    assert len(lake.commits()) == expected + 1


def test_a_build_reads_no_damaged_file(lake: Lake, tmp_path: Path) -> None:
    """Also when a file was changed behind the back of a build that had read it before, and its time set back."""
    seen = tmp_path / "seen.json"
    contents = lake.contents()
    require_sound(lake, contents, seen)
    file = lake.canonical_files("payment_events")[0]
    times = file.stat()
    flip(file)
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    for remembered in (seen.read_text(), "", "{", "[]"):
        seen.write_text(remembered)
        with pytest.raises(UserError, match=f"{file} of the lake is lost or damaged"):
            require_sound(lake, contents, seen)
    flip(file)
    require_sound(lake, contents, seen)
    assert require_sound(lake, contents, seen) is None, "and what was checked is not checked again"


def test_a_good_delivery_heals_what_was_kept_of_it(settings: Settings, lake: Lake, tmp_path: Path) -> None:
    """The sender's second copy was taken for kept already, and thrown away."""
    for account in lake.contents().accounts[-2:]:
        kept = lake.root / account.landed
        whole = kept.read_bytes()
        flip(kept)
        if account.feed == "subscription_events":
            with pytest.raises(
                UserError, match=r"The landed file .* is lost or damaged: ingest .*[abc]\.csv of .* again"
            ):
                reingest(settings, "canonical")
        [original] = (tmp_path).glob(f"*/{account.feed}/{Path(account.file).name}")
        deliver(settings, original)
        assert kept.read_bytes() == whole
        kept.unlink()
        deliver(settings, original)
        assert kept.read_bytes() == whole
    assert not reingest(settings, "canonical").is_different


def test_rows_whose_file_rotted_are_made_again_from_what_was_landed(lake: Lake, settings: Settings) -> None:
    """The rows lay unharmed in landed beside it, and yet nothing but a backup helped."""

    def rows() -> list[object]:
        contents = lake.contents()
        found: list[object] = [sorted(contents.accounts, key=lambda account: account.landed)]
        for names in (contents.canonical["subscription_events"], contents.canonical["payment_events"]):
            files = [str(lake.root / name) for name in names]
            found.append(duckdb.execute("select * from read_parquet($1) order by all", [files]).fetchall())
        files = [str(lake.root / name) for name in contents.quarantine]
        found.append(duckdb.execute("select * from read_parquet($1) order by all", [files]).fetchall())
        return found

    before = rows()
    flip(lake.canonical_files("subscription_events")[0])
    lake.canonical_files("payment_events")[2].unlink()
    flip(lake.quarantine_files()[1])
    assert len(heal(settings)) == 3
    assert rows() == before
    assert heal(settings) == []
    assert not list(damaged_parquet_files(lake, lake.contents()))
    flip(lake.root / lake.contents().accounts[0].landed)
    flip(
        lake.root / next(n for names in lake.commits()[0].canonical.values() for n in names if (lake.root / n).exists())
    )
    with pytest.raises(UserError, match=r"The landed file .* is lost or damaged"):
        heal(settings)
