"""The rule of which build may continue which."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines.lake.store import Commit, Lake
from pipelines.warehouse.continuation import State, files_of

STATE = State(datetime(2026, 7, 1, 12), "EUR", "UTC", "project", {"subscription_events": (0, "")})  # noqa: DTZ001


def _lake(root: Path, *commits: list[str]) -> Lake:
    lake = Lake(root)
    for number, names in enumerate(commits):
        canonical = {"subscription_events": [f"canonical/subscription_events/{name}" for name in names]}
        for name in canonical["subscription_events"]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).touch()
        lake.append(Commit(f"2026-07-01T12:00:0{number}", "canonical", (), canonical))
    return lake


def test_a_later_build_of_a_grown_lake_continues(tmp_path: Path) -> None:
    """Also one as of the same instant: late files bring what belongs before it."""
    state = replace(STATE, files=files_of(_lake(tmp_path, ["a.parquet"])))
    grown = _lake(tmp_path, ["b.parquet"])
    assert state.file_counts()["subscription_events"] == 1
    assert state.is_continued_by(replace(STATE, as_of=STATE.as_of + timedelta(days=1)), grown)
    assert state.is_continued_by(STATE, grown)


@pytest.mark.parametrize(
    "change",
    [
        {"as_of": STATE.as_of - timedelta(microseconds=1)},
        {"reporting_currency": "USD"},
        {"timezone": "Europe/Amsterdam"},
        {"project": "another"},
    ],
)
def test_what_every_number_depends_on_starts_anew(tmp_path: Path, change: dict[str, Any]) -> None:
    """A currency that changed for new rows alone would add euros to dollars."""
    lake = _lake(tmp_path, ["a.parquet"])
    state = replace(STATE, files=files_of(lake))
    assert not state.is_continued_by(replace(state, **change), lake)


def test_a_lake_whose_earlier_files_were_replaced_starts_anew(tmp_path: Path) -> None:
    """Rows that were taken back are in the tables, and no new file says so."""
    state = replace(STATE, files=files_of(_lake(tmp_path / "before", ["a.parquet", "b.parquet"])))
    assert not state.is_continued_by(state, _lake(tmp_path / "replaced", ["a.parquet", "c.parquet"], ["d.parquet"]))
    assert not state.is_continued_by(state, _lake(tmp_path / "removed", ["a.parquet"]))
