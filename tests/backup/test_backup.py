"""Backups: incremental, whole or not there, back into an empty home with the same rows, and without the erased."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.backup.restoring import restore, restores
from pipelines.backup.taking import known_targets, take, tell_targets_of_erasure
from pipelines.backup.target import Target
from pipelines.errors import UserError
from pipelines.kept import damaged_kept_files
from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.privacy import erase as erasing
from pipelines.privacy.erase import erase
from pipelines.privacy.registry import erasures, save_erasure
from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.homes import fill
from tests.lake.contents import payment
from tests.privacy.searching import ANNA, deliveries, found_in
from tests.privacy.test_erasure import accepted


@pytest.fixture
def filled(settings: Settings, tmp_path: Path) -> Settings:
    fill(settings, "deliveries", lambda: ingest(settings, deliveries(tmp_path / "feeds")))
    write_rows(settings.landing / "payment_events" / "waiting.csv", [payment("p-waits")])
    settings.registry.mkdir()
    (settings.registry / "model.json").write_text("{}")
    (settings.home / "settings.toml").write_text('CHURNIQ_REPORTING_CURRENCY = "EUR"\n')
    (settings.work / "made-again").write_text("x")
    return settings


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def home(name: str) -> Settings:
        monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / name))
        return Settings()

    return home


def _files(settings: Settings) -> dict[str, bytes]:
    apart = {"work", "locks", "backups.json", "kept.json"}
    return {
        path.relative_to(settings.home).as_posix(): path.read_bytes()
        for path in settings.home.rglob("*")
        if path.is_file() and path.relative_to(settings.home).parts[0] not in apart
    }


def test_a_backup_brings_everything_back(filled: Settings, tmp_path: Path, elsewhere: Any) -> None:
    """Half a backup is none: what waits in the inbox, the models and the settings were not in it."""
    target = tmp_path / "backups"
    first = take(filled, target)
    assert first.copied == first.files
    again = take(filled, target)
    assert (again.files, again.copied) == (first.files, 0)
    ingest(filled, write_rows(tmp_path / "more" / "payment_events" / "m.csv", [payment("p-more")]))
    third = take(filled, target)
    assert third.copied == 4  # the landed file, its rows, the commit, the head of the chain
    rows, files = accepted(filled), _files(filled)
    home = elsewhere("restored")
    assert restore(home, target).name == third.name
    assert _files(home) == files
    assert not list(damaged_kept_files(home.home)), "the list of the new home is that of what is in it"
    assert accepted(home) == rows
    assert not (home.work / "made-again").exists()
    assert [one["backup"] for one in restores(Target(target))] == [third.name]
    assert [known.name for known in known_targets(filled)] == [third.name]
    with pytest.raises(UserError, match="is not empty"):
        restore(home, target)
    earlier = elsewhere("earlier")
    restore(earlier, target, first.name)
    assert Lake(earlier.lake).version == 1


@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_a_damaged_backup_is_not_restored(how: str, filled: Settings, tmp_path: Path, elsewhere: Any) -> None:
    """One flipped bit came back as another sum of payments."""
    target = tmp_path / "backups"
    take(filled, target)
    broken = max((target / "objects").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    content = bytearray(broken.read_bytes())
    content[len(content) // 2] ^= 1
    if how == "gone":
        broken.unlink()
    else:
        broken.write_bytes(content[:-1] if how == "cut" else content)
    at = Target(target)
    home = elsewhere("restored")
    with pytest.raises(UserError, match="is lost or broken"):
        restore(home, target)
    assert not Lake(home.lake).version
    manifest = at.manifest(at.names()[-1])
    damaged = at.damaged(manifest)
    assert len(damaged) == 1
    at.set_apart(damaged)
    elsewhere("home")
    assert take(filled, target).copied == 1, "of a flipped bit too, as the command that found it says"
    assert not at.damaged(manifest)
    assert restore(elsewhere("restored"), target).files


def test_a_list_that_was_altered_is_refused(filled: Settings, tmp_path: Path, elsewhere: Any) -> None:
    """A list without one of its files restores a lake without it."""
    target = tmp_path / "backups"
    taken = take(filled, target)
    path = target / "backups" / f"{taken.name}.json"
    path.write_text(path.read_text().replace(str(Lake(filled.lake).version), "0", 1))
    with pytest.raises(UserError, match="is lost or broken"):
        restore(elsewhere("restored"), target)
    elsewhere("home")
    again = take(filled, target)
    assert (again.files, again.copied) == (taken.files, 0), "backups went on failing until somebody removed the list"
    assert restore(elsewhere("restored"), target).name == again.name


def test_a_killed_backup_or_restore_is_done_again(
    filled: Settings, tmp_path: Path, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed halfway, neither may leave something that looks whole."""
    target = tmp_path / "backups"
    for method, files in (("put", 3), ("get", 5)):
        done = getattr(Target, method)
        calls: Counter[str] = Counter()

        def killed(*arguments: Any, done: Any = done, calls: Any = calls, files: int = files) -> Any:
            calls["made"] += 1
            if calls["made"] > files:
                raise KeyboardInterrupt
            return done(*arguments)

        monkeypatch.setattr(Target, method, killed)
        if method == "put":
            with pytest.raises(KeyboardInterrupt):
                take(filled, target)
            assert Target(target).names() == []
        else:
            with pytest.raises(KeyboardInterrupt):
                restore(elsewhere("restored"), target)
            assert not Lake(Settings().lake).version
        monkeypatch.setattr(Target, method, done)
        if method == "put":
            take(filled, target)
    rows = accepted(filled)
    home = elsewhere("restored")
    restore(home, target)
    assert accepted(home) == rows


def test_an_erased_person_does_not_come_back(filled: Settings, tmp_path: Path, elsewhere: Any) -> None:
    """A restore brought everybody back who had been erased since the backup."""
    target, away = tmp_path / "backups", tmp_path / "away"
    before = take(filled, target)
    take(filled, away)
    erase(filled, [ANNA])
    rows = accepted(filled)
    shutil.move(away, tmp_path / "unplugged")
    sentences = list(tell_targets_of_erasure(filled))
    assert [("may be unplugged" in sentence) for sentence in sentences] == [False, True]
    home = elsewhere("restored")
    restored = restore(home, target, before.name)
    assert restored.files_cut > 0
    assert found_in(home.home) == []
    assert accepted(home) == rows
    elsewhere("home")
    assert take(filled, target).removed == 1
    assert found_in(target) == []


def test_a_backup_of_a_stopped_erasure_goes_too(
    filled: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken after an erasure had begun and before it was done, a backup held the person, and stayed for ever."""
    target = tmp_path / "backups"
    monkeypatch.setattr(erasing, "cut_lake", _stopped)
    with pytest.raises(KeyboardInterrupt):
        erase(filled, [ANNA])
    monkeypatch.undo()
    begun = erasures(filled)[0]
    save_erasure(filled, replace(begun, begun_at="2026-01-01T00:00:00+00:00"))
    take(filled, target)
    assert found_in(target)
    erase(filled, [ANNA])
    assert "hold people who were erased since" in next(tell_targets_of_erasure(filled))
    assert take(filled, target).removed == 1
    assert found_in(target) == []


def _stopped(*_: Any) -> None:
    raise KeyboardInterrupt


def test_mistakes_are_refused(
    filled: Settings, tmp_path: Path, elsewhere: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target in the home backs itself up; a production backup in a sandbox is a leak."""
    with pytest.raises(UserError, match="lie in one another"):
        take(filled, filled.home / "backups")
    with pytest.raises(UserError, match="holds no backup"):
        restore(elsewhere("restored"), tmp_path / "nowhere")
    elsewhere("home")
    take(filled, tmp_path / "backups")
    monkeypatch.setenv("CHURNIQ_ENV", "production")
    with pytest.raises(UserError, match="is of the sandbox environment"):
        restore(elsewhere("restored"), tmp_path / "backups")
