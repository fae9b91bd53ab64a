"""Feeds to a warehouse without Dagster: what the tests of numbers need, and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from pipelines.warehouse.build import BuildFacts
from pipelines.warehouse.database import open_warehouse, register_lake, resolve_as_of, resolve_reporting_currency
from pipelines.warehouse.dbt import CHECKED_WITH_THEIR_MODEL
from tests.warehouse.running_dbt import dbt

Row = dict[str, Any]


@dataclass(frozen=True)
class Warehouse:
    """A built warehouse file."""

    path: Path

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> list[Row]:
        """The rows of a query as dicts, with ``values`` bound by name."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            result = connection.execute(query, dict(values) if values else None)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def build_warehouse(
    settings: Settings,
    *deliveries: Path,
    as_of: datetime | str = "latest",
    select: Sequence[str] = (),
    with_tests: bool = True,
) -> Warehouse:
    """Ingest the feeds under each path, in order, and build as of an instant: every model, or what dbt selects.

    The data tests of what is built must pass, unless they are left out.
    """
    for path in deliveries:
        ingest(settings, path)
    warehouse = settings.prepare().warehouse
    with open_warehouse(warehouse) as connection:
        lake = Lake(settings.lake)
        register_lake(connection, lake)
        instant = as_of if isinstance(as_of, datetime) else resolve_as_of(connection, as_of)
        instant = instant.replace(tzinfo=None)
        currency = resolve_reporting_currency(connection, settings, instant)
    facts = BuildFacts(instant, currency, settings.timezone, lake.version)
    arguments = (
        ["--exclude", "resource_type:unit_test", CHECKED_WITH_THEIR_MODEL, "--indirect-selection", "cautious"]
        if with_tests
        else []
    )
    if select:
        arguments += ["--select", *select]
    command = "build" if with_tests else "run"
    done = dbt(settings, warehouse, command, *arguments, environment=facts.dbt_environment())
    assert done.returncode == 0, done.stdout[-5000:]
    return Warehouse(warehouse)
