"""Features of a past day against those of a build as of that day: a feature that knows the future makes a model that
is right about the past and wrong about the present.

Belongs here: the mart as a whole, on a simulated business. Does not belong here: single features (the unit tests beside
the models).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from models.features import NAMES
from pipelines.lake.ingest import ingest
from pipelines.sandbox.simulation import simulate
from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from tests.warehouse.continuing import run_models

DAY = date(2026, 3, 31)
# Of these the newest reading is taken on purpose, as docs/scoring.md says: since when and how often somebody paid.
NEWEST_READING = {"tenure_days", "spell_days", "returns"}


def _features(build: Build) -> pl.DataFrame:
    run_models(build, "--select", "+fct_customer_features")
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        columns = ", ".join(("customer_id", *NAMES))
        found = connection.sql(
            f"select {columns} from features.fct_customer_features where feature_date = '{DAY}' order by customer_id"
        )
        return pl.DataFrame(found.to_arrow_table())


@pytest.mark.long
def test_features_of_a_past_day_are_those_of_a_build_as_of_it(settings: Settings, tmp_path: Path) -> None:
    """A renewal of April in the features of March once would have told who stayed."""
    simulate(subscribers=300, months=12, seed=5, out=tmp_path / "feeds")
    ingest(settings, tmp_path / "feeds")
    later = _features(Build(settings))
    then = _features(Build(settings, as_of=f"{DAY}T23:59:59.999999"))
    known = set(later["customer_id"]) & set(then["customer_id"])
    # A customer of whom something of the past was recorded later is left out, and one not seen to be gone stays in.
    assert len(known) >= 0.99 * max(later.height, then.height)
    first, second = (frame.filter(pl.col("customer_id").is_in(list(known))) for frame in (later, then))
    differ = {name for name in NAMES if not first[name].equals(second[name])}
    assert differ <= NEWEST_READING, differ
