"""The campaign of the sandbox: drawn by lot, with a true effect that only the truth file knows.

Belongs here: its feed and truth. Does not belong here: whether results find the effect (``tests/activation``).
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from pipelines.contract.feeds import CAMPAIGN_ASSIGNMENTS
from pipelines.sandbox import simulate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sandbox")
    feeds = ["subscription_events"]
    simulate(subscribers=2500, months=12, seed=3, out=out / "with", feeds=feeds, has_campaign=True)
    simulate(subscribers=2500, months=12, seed=3, out=out / "without", feeds=feeds)
    return out


def test_the_feed_keeps_the_contract_and_the_arms_their_share(folder: Path) -> None:
    rows = pl.read_parquet(folder / "with" / "campaign_assignments" / "*.parquet")
    assert set(rows.columns) <= set(CAMPAIGN_ASSIGNMENTS.column_names)
    assert rows["event_id"].is_unique().all()
    assert 0.45 < (rows["event_type"] == "sent").mean() < 0.55  # type: ignore[operator]
    assert not (folder / "without" / "campaign_assignments").exists()


def test_only_those_who_were_sent_are_moved_each_kind_its_way(folder: Path) -> None:
    truth = pl.read_parquet(folder / "with" / "truth" / "campaign_effects.parquet")
    shifts = {(row["arm"], row["kind"]): row["hazard_shift"] for row in truth.unique(["arm", "kind"]).to_dicts()}
    assert shifts == {
        **{("held_out", kind): 0.0 for kind in ("none", "helped", "harmed")},
        ("sent", "none"): 0.0,
        ("sent", "helped"): -1.2,
        ("sent", "harmed"): 0.6,
    }


def test_until_the_campaign_nothing_else_happens(folder: Path) -> None:
    """A flag that changed the past of the sandbox would change every number that is compared over versions.

    How late an event is recorded is drawn for all events together, and so differs.
    """
    one, other = (
        pl.read_parquet(folder / side / "subscription_events" / "*.parquet")
        .filter(pl.col("occurred_at").dt.year() == 2025)
        .drop("recorded_at")
        .unique()
        .sort("event_id")
        for side in ("with", "without")
    )
    assert len(one) > 4000
    assert one.equals(other)
