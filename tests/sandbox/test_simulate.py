"""The entry to the simulator: same bytes, picked feeds, refusals, nothing half done."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines.errors import UserError, WrongUsageError
from pipelines.sandbox import simulate, simulation
from pipelines.sandbox.simulation import SIMULATED_FEEDS

SMALL: dict[str, Any] = {"subscribers": 60, "months": 5, "seed": 3}


def digests(folder: Path) -> dict[str, str]:
    """The digest of every file, by its path within the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "feeds"
    simulate(**SMALL, out=folder)
    return folder


def test_same_arguments_give_the_same_bytes(small: Path, tmp_path: Path) -> None:
    simulate(**SMALL, out=tmp_path / "again")
    assert digests(tmp_path / "again") == digests(small)


def test_another_seed_gives_another_business(small: Path, tmp_path: Path) -> None:
    simulate(**{**SMALL, "seed": 4}, out=tmp_path / "other")
    first, other = digests(small), digests(tmp_path / "other")
    fixed = {f"{feed}/{feed}.csv" for feed in ("offers", "coupons", "content_calendar", "annotations", "price_tests")}
    # So short a history has no price test.
    fixed.add("price_test_assignments/price_test_assignments.parquet")
    assert {name for name in first if first[name] == other.get(name)} <= fixed


@pytest.mark.parametrize("feed", sorted(SIMULATED_FEEDS))
def test_a_picked_feed_has_the_bytes_that_it_has_among_all(small: Path, tmp_path: Path, feed: str) -> None:
    summary = simulate(**SMALL, out=tmp_path / "one", feeds=[feed])
    everything = digests(small)
    expected = {name: digest for name, digest in everything.items() if name.startswith((f"{feed}/", "truth/"))}
    assert digests(tmp_path / "one") == expected
    assert list(summary.rows) == [feed]


def test_a_business_as_of_a_day_is_a_part_of_the_whole(small: Path, tmp_path: Path) -> None:
    """To see what a campaign did, feeds were split by hand, and the second half came without its repeated rows."""
    summary = simulate(**SMALL, out=tmp_path / "early", before=datetime(2026, 5, 2, tzinfo=UTC))
    assert {path.name for path in (tmp_path / "early").iterdir()} == {*SIMULATED_FEEDS, "truth"}
    for feed, told in (
        ("subscription_events", "recorded_at"),
        ("payouts", "paid_at"),
        ("support_tickets", "recorded_at"),
    ):
        whole, early = (_rows(folder / feed) for folder in (small, tmp_path / "early"))
        expected = whole.filter(pl.col(told).cast(pl.String) < "2026-05-02")
        assert 0 < early.height < whole.height or feed == "support_tickets"
        assert early.rows() == expected.rows()
        assert summary.rows[feed] == early.height
    assert digests(tmp_path / "early" / "offers") == digests(small / "offers")
    with pytest.raises(WrongUsageError, match="choose a day from 2026-02-01 to 2026-07-01"):
        simulate(**SMALL, out=tmp_path / "never", before=datetime(2027, 1, 1, tzinfo=UTC))


def _rows(folder: Path) -> pl.DataFrame:
    files = sorted(folder.iterdir())
    if files[0].suffix == ".gz":
        return pl.read_ndjson(gzip.decompress(files[0].read_bytes()), infer_schema_length=None)
    return pl.concat(pl.read_parquet(file) for file in files)


def test_one_subscriber_and_one_month_write_every_feed(tmp_path: Path) -> None:
    for seed in range(5):
        out = tmp_path / str(seed)
        simulate(subscribers=1, months=1, seed=seed, out=out)
        assert {path.name for path in out.iterdir()} == {*SIMULATED_FEEDS, "truth"}
        assert all(any(path.iterdir()) for path in out.iterdir())


def test_progress_tells_of_months_and_feeds(tmp_path: Path) -> None:
    told: list[str] = []
    simulate(**SMALL, out=tmp_path / "told", progress=told.append)
    assert told[0] == "simulated 2026-02"
    assert sum(line.startswith("wrote ") for line in told) == len(SIMULATED_FEEDS)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"subscribers": 0}, "number of subscribers is 0"),
        ({"months": 0}, "number of months is 0"),
        ({"months": 10_000}, "at most 240"),
        ({"seed": -1}, "seed is -1"),
        ({"feeds": ["payments"]}, "no feed 'payments'; choose from subscription_events, payment_events"),
        ({"feeds": []}, "No feed is chosen"),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(tmp_path: Path, changed: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        simulate(**{**SMALL, **changed}, out=tmp_path / "refused")
    assert not list(tmp_path.iterdir())


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    with pytest.raises(UserError, match="not empty; empty it or choose another folder"):
        simulate(**SMALL, out=tmp_path)
    with pytest.raises(UserError, match="is a file"):
        simulate(**SMALL, out=kept)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


def test_an_empty_folder_may_be_filled(small: Path, tmp_path: Path) -> None:
    simulate(**SMALL, out=tmp_path)
    assert digests(tmp_path) == digests(small)


def test_a_failed_run_leaves_nothing_and_a_killed_one_is_swept_up(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "feeds"
    with monkeypatch.context() as patch:
        patch.setattr(simulation.truth, "write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            simulate(**SMALL, out=out)
    assert not list(tmp_path.iterdir())

    # What a process that was killed would have left behind.
    (tmp_path / ".feeds.unfinished" / "offers").mkdir(parents=True)
    (tmp_path / ".feeds.unfinished" / "offers" / "half.csv").write_text("offer_id\n")
    simulate(**SMALL, out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["feeds"]
    assert digests(out) == digests(small)
