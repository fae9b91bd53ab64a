"""One sandbox of 2,000 subscribers and 24 months for all tests of the simulator."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from pipelines.sandbox import SandboxSummary, simulate
from pipelines.sandbox.simulation import SIMULATED_FEEDS


@dataclass(frozen=True)
class Sandbox:
    """A written sandbox; ``delivered`` reads a feed as it came, ``rows`` without repeated deliveries."""

    folder: Path
    summary: SandboxSummary

    def delivered(self, feed: str) -> pl.DataFrame:
        files = sorted(path for path in (self.folder / feed).rglob("*") if path.is_file())
        return pl.concat([_read(path) for path in files])

    def rows(self, feed: str) -> pl.DataFrame:
        return self.delivered(feed).unique(maintain_order=True)

    def history(self) -> pl.DataFrame:
        """The subscription events in the order in which they apply."""
        return self.rows("subscription_events").sort("subscription_id", "occurred_at", "recorded_at", "event_id")


def _read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".csv":
        return pl.read_csv(path, infer_schema=False)
    assert path.name.endswith(".jsonl.gz"), path
    return pl.read_ndjson(path, infer_schema_length=None)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    folder = tmp_path_factory.mktemp("sandbox") / "feeds"
    summary = simulate(subscribers=2_000, months=24, seed=11, out=folder)
    assert set(summary.rows) == set(SIMULATED_FEEDS)
    return Sandbox(folder=folder, summary=summary)
