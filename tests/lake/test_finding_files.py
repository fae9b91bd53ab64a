"""Which files under a path are deliveries, and of which feed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.lake.files import find_deliveries, land
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from tests.conftest import write_rows
from tests.lake.contents import accepted, cancellation, deliver, payment


@pytest.fixture
def lake(home: Path) -> Lake:
    """A lake of which only the place matters."""
    return Lake(home / "lake")


def touch(path: Path) -> Path:
    """An empty file and the folders it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def found(path: Path, lake: Lake) -> dict[str, str]:
    """The feed of each file that is found."""
    return {delivery.name: delivery.feed for delivery in find_deliveries(path, lake)}


def test_the_outermost_folder_names_the_feed(tmp_path: Path, lake: Lake) -> None:
    """Refunds in ``payment_events/offers/`` were read as price lists."""
    for name in ("offers/a.csv", "payment_events/offers/b.csv", "market/offers/2025/c.csv", "offer/d.csv", "e.csv"):
        touch(tmp_path / name)
    assert found(tmp_path, lake) == {
        "market/offers/2025/c.csv": "offers",
        "offers/a.csv": "offers",
        "payment_events/offers/b.csv": "payment_events",
    }


def test_a_path_below_the_feed_a_file_and_the_working_folder(
    tmp_path: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``churniq ingest .`` inside the folder of a feed found nothing."""
    file = touch(tmp_path / "offers" / "2025" / "a.csv")
    assert found(tmp_path / "offers", lake) == {"2025/a.csv": "offers"}
    assert found(tmp_path / "offers" / "2025", lake) == {"a.csv": "offers"}
    assert found(file, lake) == {"a.csv": "offers"}
    monkeypatch.chdir(tmp_path / "offers" / "2025")
    assert found(Path(), lake) == {"a.csv": "offers"}
    assert found(Path(".."), lake) == {"2025/a.csv": "offers"}
    assert found(Path("a.csv"), lake) == {"a.csv": "offers"}
    touch(tmp_path / "stray.csv")
    assert found(Path("../.."), lake) == {"offers/2025/a.csv": "offers"}


def test_hidden_files_are_not_deliveries(tmp_path: Path, lake: Lake) -> None:
    """Half-written uploads and marker files were counted as broken deliveries."""
    for name in ("a.csv", ".b.csv", "_SUCCESS", ".git/c.csv", "_tmp/d.csv", ".DS_Store", "e.csv.part/.f.csv"):
        touch(tmp_path / "offers" / name)
    assert found(tmp_path, lake) == {"offers/a.csv": "offers"}


def test_links_out_of_the_folder_are_left_alone(tmp_path: Path, lake: Lake) -> None:
    """A link in a sender's folder handed over a file of another tenant."""
    outside = touch(tmp_path / "outside" / "secret.csv")
    feed = touch(tmp_path / "in" / "offers" / "a.csv").parent
    (feed / "link.csv").symlink_to(outside)
    (feed / "folder").symlink_to(outside.parent)
    (feed / "broken.csv").symlink_to("nowhere.csv")
    (feed / "loop.csv").symlink_to("loop.csv")
    (feed / "up").symlink_to("..")
    (feed / "inside.csv").symlink_to("a.csv")
    os.mkfifo(feed / "pipe.csv")
    assert found(tmp_path / "in", lake) == {"offers/a.csv": "offers", "offers/inside.csv": "offers"}
    (tmp_path / "linked").symlink_to(tmp_path / "in")
    assert set(found(tmp_path / "linked", lake)) == {"offers/a.csv", "offers/inside.csv"}


def test_the_lake_is_no_delivery_to_itself(settings: Settings, tmp_path: Path) -> None:
    """``churniq ingest`` of a folder that held the home as well fed the lake what it had written itself."""
    assert settings.home.is_relative_to(tmp_path)
    write_rows(tmp_path / "engagement_daily" / "a.parquet", [ENGAGEMENT])
    for _ in range(3):
        (account,) = deliver(settings, tmp_path).accounts
    assert account.rows_duplicate == account.rows_read == 1
    assert len(accepted(settings, "engagement_daily")) == 1


ENGAGEMENT = {"customer_id": "c", "activity_date": "2025-01-01", "minutes_watched": 5}


def test_names_that_are_hard_to_write(settings: Settings, tmp_path: Path) -> None:
    """A file whose name was in Latin-1 stopped the ingest of all others with a traceback."""
    names = [b"caf\xe9.csv", "ünï 'quoted\" [x]*?.csv".encode(), b"new\nline.csv", b"-rf.csv", b"a;drop table.csv"]
    folder = tmp_path / "subscription_events"
    folder.mkdir()
    for number, name in enumerate(names):
        path = write_rows(tmp_path / "plain.csv", [cancellation(str(number))])
        path.rename(os.fsdecode(os.fsencode(folder) + b"/" + name))
    result = deliver(settings, tmp_path)
    assert [account.rows_loaded for account in result.accounts] == [1] * len(names)
    assert "subscription_events/caf\N{REPLACEMENT CHARACTER}.csv" in {account.file for account in result.accounts}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", r"There is no file or folder .*nowhere: check the path\."),
        ("empty", r"empty holds no files to ingest: put the files of a feed in a folder of its name \(sub.*--source\."),
        ("unknown", r"unknown holds no files to ingest"),
        ("unknown/a.csv", r"unknown/a\.csv holds no files to ingest"),
        ("/dev/null", r"/dev/null holds no files to ingest"),
    ],
)
def test_nothing_to_ingest_is_one_sentence(path: str, message: str, tmp_path: Path, lake: Lake) -> None:
    """A mistyped folder name gave an ingest of nothing that looked like a quiet day."""
    (tmp_path / "empty").mkdir()
    touch(tmp_path / "unknown" / "a.csv")
    with pytest.raises(UserError, match=message) as raised:
        find_deliveries(tmp_path / path, lake)
    assert "\n" not in str(raised.value)


def test_files_under_no_feed_are_mentioned(settings: Settings, tmp_path: Path) -> None:
    """A folder called ``payments`` beside ``offers`` was left out for a year without a word."""
    from pipelines.lake.ingest import ingest

    write_rows(tmp_path / "in" / "payments" / "a.csv", [payment("1")])
    write_rows(tmp_path / "in" / "payment_events" / "a.csv", [payment("1")])
    said = ingest(settings, tmp_path / "in").remarks
    assert any(line.startswith("Left out 1 of the files") for line in said), said


def test_a_file_that_may_not_be_read_is_one_sentence(settings: Settings, tmp_path: Path) -> None:
    """A missing permission ended in a traceback."""
    path = write_rows(tmp_path / "subscription_events" / "a.csv", [cancellation("a")])
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads files whatever their permissions say (root): nothing to test here")
    (delivery,) = find_deliveries(path, Lake(settings.lake))
    with pytest.raises(UserError, match=r"a\.csv cannot be opened: give this user the right to it"):
        land(Lake(settings.lake), delivery)
