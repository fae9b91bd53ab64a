"""Builds of the dbt project without Dagster, each on the state in which the one before left the warehouse."""

from __future__ import annotations

from datetime import datetime

from pipelines.warehouse.build import Build
from tests.warehouse.running_dbt import dbt


def run_models(build: Build, *select: str) -> datetime | None:
    """Build every model, or what dbt's arguments select; gives the as-of of the build that was continued, if any."""
    build.settings.prepare()
    build.begin()
    with build.changing_tables(all_of_them=True) as previous_as_of:
        run_dbt(build, previous_as_of, *select)
    return previous_as_of


def run_dbt(build: Build, previous_as_of: datetime | None, *arguments: str) -> None:
    """``dbt run`` as the pipeline would do it; raises ``AssertionError`` with dbt's last words when it fails."""
    facts = build.facts().dbt_environment(previous_as_of=previous_as_of)
    done = dbt(build.settings, build.warehouse, "run", *arguments, environment=facts)
    assert done.returncode == 0, done.stdout[-3000:]
