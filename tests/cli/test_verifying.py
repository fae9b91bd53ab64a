"""Every file of a home, flipped and deleted in turn: named with its remedy, or made anew; never served in silence."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines import kept
from pipelines.activation.documents import read_document
from pipelines.activation.store import save_segment
from pipelines.activation.suppression import suppress
from pipelines.backup.taking import take
from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.privacy.erase import erase
from pipelines.readings.views import save_view
from pipelines.receiver.records import record_of
from pipelines.settings import Settings
from pipelines.sources.mapping_file import register_mapping
from pipelines.warehouse.build_record import BuildRecord, write_record
from tests.cli.conftest import Churniq
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import cancellation, payment
from tests.lake.test_integrity import flip

SEGMENT = """
name: mine
description: Mine.
owner: me
conditions:
  all:
    - {attribute: risk_band, operator: '=', value: high}
"""
MAPPING = """
name: old
feed: payment_events
columns:
  event_id: {column: id}
  event_type: {constant: succeeded}
  occurred_at: {column: at}
  customer_id: {column: who}
  transaction_id: {column: id}
  amount: {column: amount}
  currency: {constant: EUR}
"""
# What a command makes anew without a word, and what holds nothing.
MADE_ANEW = {"locks", "work"}


@pytest.fixture
def home_with_everything(published: Settings, tmp_path: Path) -> Path:
    """A home with a file of every kind that commands keep."""
    settings = published
    feeds = tmp_path / "feeds"
    rows = [cancellation("a"), cancellation("b", event_type="?")]
    write_rows(feeds / "subscription_events" / "a.csv", rows)
    write_rows(feeds / "payment_events" / "p.csv", [payment("p1", customer_id="cus-anna-1")])
    ingest(settings, feeds)
    register_mapping(settings, write_bytes(tmp_path / "old.yml", MAPPING))
    suppress(settings, "c2")
    save_view(settings, "Netherlands", {"country": ["NL"]})
    erase(settings, ["cus-anna-1"])
    take(settings, tmp_path / "backups")
    write_bytes(settings.landing / "stripe" / "s.jsonl", record_of("2026-01-01T00:00:00+00:00", {}, '{"id": "e1"}') * 2)
    write_record(settings, BuildRecord("latest", "2026-01-01T00:00:00+00:00", "2026-01-01T00:01:00+00:00", None))
    write_bytes(settings.home / "settings.toml", 'CHURNIQ_TIMEZONE = "UTC"\n')
    kept.take_as_it_is(settings.home, *settings.files_of_people)
    kept.write_kept(settings.home, settings.activation / "exports.jsonl", "")
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create table t as select range as number from range(300000)")
    return settings.home


def test_a_flip_or_a_deletion_of_any_file_is_named(churniq: Churniq, home_with_everything: Path) -> None:
    """Mappings, the registry of the erased, the log of exports and pointers could rot or go, and nobody was told."""
    home = home_with_everything
    assert churniq("verify").err == ""
    kinds = set()
    for path in sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink()):
        name = path.relative_to(home)
        kinds.add(name.parts[0])
        whole, mode = path.read_bytes(), path.stat().st_mode
        path.chmod(0o600)
        if whole and name.name != "checked_files.json":
            flip(path)
            found = churniq("verify")
            assert found.status == 1, name
            assert path.name in found.err, (name, found.err)
            assert "Traceback" not in found.err
            assert ": " in found.err.removeprefix("churniq: "), "a remedy"
        path.unlink()
        if name.parts[0] not in {*MADE_ANEW, "landing"}:
            found = churniq("verify")
            assert found.status == 1, name
            assert path.name in found.err or name.name == "environment", (name, found.err)
        path.write_bytes(whole)
        path.chmod(mode)
    assert kinds >= {
        *("activation", "backups.json", "environment", "erasures", "kept.json", "lake", "landing", "mappings"),
        *("published", "secret.key", "settings.toml", "views", "work"),
    }
    (home / "published" / "current.duckdb").unlink()
    assert "current.duckdb does not lead to the current snapshot" in churniq("verify").sentence


@pytest.mark.parametrize("content", ["", "sandb", "\0\0\0"])
def test_a_damaged_marker_is_made_anew_for_its_owner_only(
    content: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An emptied file let a sandbox into the home of production."""
    marker = settings.home / "environment"
    marker.write_text(content)
    assert Settings().prepare().env == "sandbox"
    assert marker.read_text() == "sandbox\n"
    marker.unlink()
    monkeypatch.setenv("CHURNIQ_ENV", "production")
    with pytest.raises(UserError, match="belongs to the sandbox environment"):
        Settings()
    (settings.home / kept.LIST).unlink()
    (settings.lake / "commits").mkdir()
    with pytest.raises(UserError, match="nothing says whether"):
        Settings()


def test_a_home_of_before_gets_its_list_and_a_killed_write_is_no_damage(settings: Settings) -> None:
    """A false alarm after an upgrade or a kill would teach everybody to ignore the true one."""
    path = settings.activation / "suppressed.txt"
    kept.write_kept(settings.home, path, "c1\n")
    (settings.home / kept.LIST).unlink()
    assert "kept.json is missing" in next(kept.damaged_kept_files(settings.home))
    Settings().prepare()
    assert not list(kept.damaged_kept_files(settings.home))
    for is_done in (False, True):
        change = kept._changing(settings.home, path, kept.hashlib.sha256(b"c2\n").hexdigest())
        change.__enter__()  # and killed before or after the renaming
        if is_done:
            path.write_text("c2\n")
        assert not list(kept.damaged_kept_files(settings.home))
    path.write_text("c3\n")
    assert "suppressed.txt is damaged" in next(kept.damaged_kept_files(settings.home))
    kept.remove_kept(settings.home, path)
    assert not list(kept.damaged_kept_files(settings.home))


def test_a_segment_that_is_saved_is_kept(published: Settings) -> None:
    save_segment(published, read_document(SEGMENT, "mine"))
    file = published.segments / "mine" / "00001.yml"
    shutil.copy(file, file.with_suffix(".old"))
    flip(file, -2)
    assert f"{file} is damaged" in next(kept.damaged_kept_files(published.home))
