"""Features of a past day against those of a build as of that day: a feature that knows the future makes a model that
is right about the past and wrong about the present.

Belongs here: the mart as a whole, on a simulated business, and the gate that a build holds it to. Does not belong here:
single features (the unit tests beside the models).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines.lake.ingest import ingest
from pipelines.sandbox.simulation import simulate
from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from pipelines.warehouse.features_in_time import (
    Comparison,
    has_passed,
    newest_month_end,
    nothing_learns,
    rebuild_and_compare,
    remember_passed,
)
from tests.warehouse.continuing import run_models
from tests.warehouse.running_dbt import dbt_process

DAY = date(2026, 3, 31)


def _build(settings: Settings, feeds: Path, subscribers: int, months: int) -> Build:
    simulate(subscribers=subscribers, months=months, seed=5, out=feeds)
    ingest(settings, feeds)
    build = Build(settings, dbt=dbt_process())
    run_models(build, "--select", "+fct_customer_features", "build_info", "dim_customer_aliases", "fct_identity_links")
    return build


def _paying(build: Build, day: date) -> int:
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from features.fct_customer_features where feature_date = $1", [day]
        ).fetchall()
    return int(found[0][0])


@pytest.mark.long
def test_features_of_a_past_day_are_those_of_a_build_as_of_it(settings: Settings, tmp_path: Path) -> None:
    """A renewal of April in the features of March once would have told who stayed."""
    build = _build(settings, tmp_path / "feeds", 300, 12)
    assert not nothing_learns(build)
    compared = rebuild_and_compare(build, DAY)
    assert compared.differing == {}
    # One not seen to be gone by then stays in on both sides.
    assert compared.customers >= 0.99 * _paying(build, DAY) > 100


def test_a_feature_that_knows_the_future_is_named(settings: Settings, tmp_path: Path) -> None:
    """A leak was a matter of reading the code; now a build stops at it and says which feature, and of how many."""
    build = _build(settings, tmp_path / "feeds", 60, 5)
    day = newest_month_end(build)
    assert day == date(2026, 5, 31)
    assert nothing_learns(build)
    compared = rebuild_and_compare(build, day)
    assert compared.differing == {}
    assert compared.customers == _paying(build, day) > 10
    assert not has_passed(build, day)
    remember_passed(build, day)
    assert has_passed(build, day)
    assert not has_passed(build, date(2026, 4, 30))
    with duckdb.connect(str(build.warehouse)) as connection:
        connection.execute(
            "update features.fct_customer_features set minutes_28 = minutes_28 + 1 where feature_date = $1 and "
            "customer_id = (select min(customer_id) from features.fct_customer_features where feature_date = $1)",
            [day],
        )
    leaking = rebuild_and_compare(build, day)
    assert leaking == Comparison(day, compared.customers, {"minutes_28": 1})
    assert "minutes_28 of 1, of" in leaking.sentence()
