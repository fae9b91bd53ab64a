"""``churniq erase``, ``access``, ``backup`` and ``restore`` as they are typed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.backup.target import Target
from pipelines.errors import UserError
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import write_rows
from tests.lake.contents import deliver, payment
from tests.privacy.searching import found_in


@contextmanager
def _not_writable(_: Target) -> Iterator[None]:
    raise UserError("The target cannot be written.")
    yield


@pytest.fixture
def filled(settings: Settings, tmp_path: Path) -> Settings:
    rows = [payment("p1", customer_id="customer-11"), payment("p2", customer_id="customer-22")]
    deliver(settings, write_rows(tmp_path / "payment_events" / "p.csv", rows))
    return settings


def test_erasing_one_and_a_list(churniq: Churniq, filled: Settings, tmp_path: Path) -> None:
    """The auditor wants the sentence, whoever runs the list every night an exit status of 0."""
    told = churniq("erase", "customer-11", "--no-build")
    assert told.status == 0
    assert told.out == f"erased 1 person from 2 files of the lake; {filled.erasures} has the log\n"
    assert found_in(filled.home, ["customer-11"]) == []
    again = churniq("erase", "customer-11", "--no-build")
    assert (again.status, again.out) == (
        0,
        "customer-11 was erased before: nothing of that person is left to erase.\n",
    )
    names = tmp_path / "names.txt"
    names.write_text("customer-11\n\ncustomer-22\n")
    told = churniq("erase", "--file", names, "--no-build")
    assert told.out.splitlines()[0] == "customer-11 was erased before: nothing of that person is left to erase."
    assert told.out.splitlines()[1].startswith("erased 1 person")
    assert churniq("erase", "--deleted", "--no-build").out == "nobody is to be erased\n"
    assert churniq("erase", "--expired", "--no-build").out == "nobody is to be erased\n"


def test_mistakes(churniq: Churniq, filled: Settings, tmp_path: Path) -> None:
    """A mistyped id that is answered with success leaves the person where the person was."""
    assert churniq("erase", "nobody").sentence.startswith(
        "churniq: The lake knows no customer nobody: give a customer id"
    )
    assert churniq("erase").complaint.startswith("churniq: say who: either CUSTOMER, --file, --deleted or --expired")
    assert churniq("erase", "a", "--deleted").status == 2
    assert churniq("access", "nobody", "--out", tmp_path / "a").status == 1
    assert churniq("backup", filled.home / "b").status == 1
    assert churniq("restore", tmp_path / "nothing").sentence == (
        f"churniq: {tmp_path / 'nothing'} holds no backup: check the path."
    )


def test_a_backup_on_a_disk_that_cannot_be_written_is_checked(
    churniq: Churniq, filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy on a disk mounted for reading could not be checked, whole or not."""
    assert churniq("backup", tmp_path / "backups").status == 0
    monkeypatch.setattr(Target, "alone", _not_writable)
    assert churniq("backup", tmp_path / "backups", "--verify").out.startswith("all ")
    broken = next(path for path in (tmp_path / "backups" / "objects").rglob("*") if path.is_file())
    broken.write_bytes(b"rot")
    found = churniq("backup", tmp_path / "backups", "--verify")
    assert found.status == 1
    assert "is lost or broken" in found.err


def test_a_target_that_was_not_told_is_told_by_the_next_command(
    churniq: Churniq, filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that could not be written, or a kill just before it was told, and a restore brought the person back."""
    assert churniq("backup", tmp_path / "backups").status == 0
    with monkeypatch.context() as patched:
        patched.setattr(Target, "alone", _not_writable)
        told = churniq("erase", "customer-11", "--no-build")
    assert told.status == 0
    assert "hold people who were erased since, and cannot be told now: The target cannot be written." in told.out
    assert "erased 1 person" in told.out
    assert "a restore leaves them out" in churniq("erase", "customer-11", "--no-build").out
    assert (tmp_path / "backups" / "erasures" / "registry.jsonl").read_bytes() == (
        filled.erasures / "registry.jsonl"
    ).read_bytes()


def test_there_and_back(churniq: Churniq, filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a backup is worth shows when it is restored."""
    told = churniq("backup", tmp_path / "backups").out
    assert " files, " in told
    assert churniq("backup", tmp_path / "backups", "--verify").out.startswith("all ")
    erased = churniq("erase", "customer-11", "--no-build").out
    assert f"The backups at {tmp_path / 'backups'} hold people who were erased since; a restore leaves" in erased
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "restored"))
    told = churniq("restore", tmp_path / "backups", "--no-build").out
    assert "named people who were erased since: they were left out" in told
    assert found_in(tmp_path / "restored", ["customer-11"]) == []
    answer = churniq("access", "customer-22", "--out", tmp_path / "answer").out
    assert "feeds/payment_events.csv" in answer
    assert (tmp_path / "answer" / "index.md").exists()
