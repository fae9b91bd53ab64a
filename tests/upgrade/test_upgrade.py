"""A home of the last release under this code: nothing is lost, and everything that is new applies to it."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from pipelines import kept
from pipelines.lake.compaction import compact
from pipelines.lake.inbox import waiting_by_folder
from pipelines.lake.store import Lake
from pipelines.privacy.erase import erase
from pipelines.publishing.snapshots import find_snapshot, open_snapshot
from pipelines.settings import Settings
from pipelines.verification import verify
from tests.conftest import write_rows
from tests.lake.contents import deliver, payment

PACKED = Path(__file__).parent / "home-c3fa3e3.tar.gz"


@pytest.fixture
def old(home: Path) -> Settings:
    """The home, as ``make_home`` packed it."""
    with tarfile.open(PACKED) as packed:
        packed.extractall(home.parent, filter="data")
    return Settings()


def counted(settings: Settings) -> list[int]:
    accounts = Lake(settings.lake).contents().accounts
    return [
        sum(getattr(a, f"rows_{name}") for a in accounts) for name in ("read", "loaded", "duplicate", "quarantined")
    ]


def test_a_home_of_the_last_release_is_read_grown_and_checked(old: Settings, tmp_path: Path) -> None:
    """Whoever upgrades has years in such a home; an ingest of the new version that refused it would be the end."""
    assert counted(old) == [4, 3, 0, 1]
    assert find_snapshot(old).as_of == "2025-03-10T09:00:00"
    with open_snapshot(old) as connection:
        assert connection.execute("select customer_id from core.dim_customers").fetchall() == [("c1",)]
    assert [(waiting.folder, waiting.files) for waiting in waiting_by_folder(old)] == [("stripe", 1)]
    [sentence] = verify(old).damaged
    assert "kept.json is missing" in sentence
    news = [payment("p3", customer_id="c2", transaction_id="t3", amount="5", occurred_at="2025-03-10T09:00:00Z")]
    news.append(payment("p4", customer_id="c2", transaction_id="t4"))
    deliver(old, write_rows(tmp_path / "in" / "payment_events" / "n.csv", news))
    assert counted(old) == [6, 4, 1, 1], "what was delivered before is known"
    assert verify(old).damaged == []
    assert kept.has_list(old.home)
    assert old.home.stat().st_mode & 0o077 == 0, "and it is its owner's alone by now"
    compact(old, fewest=2)
    assert erase(old, ["c1"]).people == 1
    assert counted(old) == [6, 4, 1, 1]
    assert verify(old).damaged == []
