"""Many small files as few: the same rows, the same accounts, and a lake that is whole at any moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.lake.compaction import compact
from pipelines.lake.store import Contents, Lake
from pipelines.privacy.erase import erase
from pipelines.settings import Settings
from pipelines.verification import verify
from tests.conftest import write_rows
from tests.homes import fill
from tests.lake.contents import cancellation, deliver, payment
from tests.lake.test_integrity import flip


@pytest.fixture
def lake(settings: Settings, tmp_path: Path) -> Lake:
    """Five commits with a file of two feeds and of the quarantine each; the last row of payments names Anna."""
    for name in "abcde":
        rows = [cancellation(f"{name}1"), cancellation(name, event_type="?")]
        write_rows(tmp_path / name / "subscription_events" / f"{name}.csv", rows)
        write_rows(
            tmp_path / name / "payment_events" / f"{name}.csv", [payment(name, customer_id=f"cus-{name}-anna-1")]
        )

    def make() -> None:
        for name in "abcde":
            deliver(settings, tmp_path / name)

    fill(settings, "five commits", make)
    return Lake(settings.lake)


def everything(lake: Lake) -> list[Any]:
    contents = lake.contents()
    found: list[Any] = [contents.accounts, contents.columns]
    for names in (*contents.canonical.values(), contents.quarantine):
        files = [str(lake.root / name) for name in names]
        found.append(duckdb.execute("select * from read_parquet($1)", [files]).fetchall())
    return found


def files(lake: Lake) -> list[int]:
    contents = lake.contents()
    return [len(names) for names in (*contents.canonical.values(), contents.quarantine)]


def added_up(lake: Lake) -> Contents:
    contents = Contents()
    for commit in lake.commits():
        contents.add(commit)
    return contents


def test_the_same_rows_are_in_few_files(lake: Lake, settings: Settings, tmp_path: Path) -> None:
    """After ten thousand deliveries an ingest of one row took half a minute."""
    before = everything(lake)
    assert compact(settings, fewest=6).before == 0
    assert compact(settings, fewest=5).before == 15
    assert files(lake) == [1, 1, 1]
    assert everything(lake) == before
    assert lake.contents() == added_up(lake), "what the checkpoint says is what the commits say"
    parquet = [path for path in lake.root.rglob("*.parquet") if "landed" not in path.parts]
    assert len(parquet) == 3, "the small files are gone"
    assert verify(settings).damaged == []
    again = deliver(settings, tmp_path / "a" / "payment_events" / "a.csv")
    assert [account.rows_duplicate for account in again.accounts] == [1]
    deliver(settings, write_rows(tmp_path / "f" / "payment_events" / "f.csv", [payment("f")]))
    assert lake.contents() == added_up(lake)
    assert sorted(files(lake)) == [1, 1, 2]
    assert compact(settings, fewest=2).before == 2


@pytest.mark.parametrize("moment", ["before the commit", "before the small files go"])
def test_killed_at_any_moment_it_leaves_the_same_rows(
    moment: str, lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(lake)
    name = "append" if moment == "before the commit" else "write_checkpoint"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Lake, name, killed)
        with pytest.raises(KeyboardInterrupt):
            compact(settings, fewest=2)
    assert everything(lake) == before
    assert verify(settings).damaged == []
    compact(settings, fewest=2)
    assert files(lake) == [1, 1, 1]
    assert everything(lake) == before
    assert len([path for path in lake.root.rglob("*.parquet") if "landed" not in path.parts]) == 3


def test_an_erasure_reaches_what_was_taken_together(lake: Lake, settings: Settings) -> None:
    """The rows of a person lie beside those of others then, and what is kept of the commits may name them."""
    compact(settings, fewest=2)
    erase(settings, ["cus-c-anna-1"])
    assert not any(b"cus-c-anna-1" in path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    [names] = [names for feed, names in lake.contents().canonical.items() if feed == "payment_events"]
    customers = duckdb.execute("select customer_id from read_parquet($1)", [[str(lake.root / n) for n in names]])
    assert sum(customer.startswith("erased-") for (customer,) in customers.fetchall()) == 1
    assert verify(settings).damaged == []


def test_damage_stops_it_and_a_damaged_checkpoint_is_not_believed(lake: Lake, settings: Settings) -> None:
    """A flipped file that is taken together with others would get a checksum that says that it is right."""
    file = lake.canonical_files("payment_events")[2]
    whole = file.read_bytes()
    flip(file)
    with pytest.raises(UserError, match="damaged"):
        compact(settings, fewest=2)
    file.write_bytes(whole)
    compact(settings, fewest=2)
    checkpoint = lake.root / "checkpoint.json"
    flip(checkpoint)
    assert lake.contents() == added_up(lake)
    assert verify(settings).damaged == [f"{checkpoint} is damaged: remove it, since the commits say the same."]
    compact(settings, fewest=2)
    flip(lake.root / "commits" / "00000002.json")
    assert "00000002.json of the lake" in verify(settings).damaged[0]
