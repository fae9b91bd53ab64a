"""Feeds to a warehouse without Dagster: what the tests of numbers need, and no more."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.lake.ingest import ingest
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from pipelines.transformation import PROJECT_FOLDER, dbt_environment, dbt_executable
from pipelines.warehouse import open_warehouse, register_lake, resolve_as_of, resolve_reporting_currency

Row = dict[str, Any]


@dataclass(frozen=True)
class Warehouse:
    """A built warehouse file."""

    path: Path

    def rows(self, query: str) -> list[Row]:
        """The rows of a query as dicts."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            result = connection.execute(query)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def build_warehouse(settings: Settings, *deliveries: Path, as_of: datetime | str = "latest") -> Warehouse:
    """Ingest the feeds under each path, in order, and run every dbt model as of an instant."""
    for path in deliveries:
        ingest(settings, path)
    warehouse = settings.prepare().work / "warehouse.duckdb"
    with open_warehouse(warehouse) as connection:
        register_lake(connection, Lake(settings.lake))
        instant = as_of if isinstance(as_of, datetime) else resolve_as_of(connection, as_of)
        instant = instant.replace(tzinfo=None)
        currency = resolve_reporting_currency(connection, settings, instant)
    variables = {"as_of": instant.isoformat(sep=" "), "reporting_currency": currency, "timezone": settings.timezone}
    folders = ["--project-dir", str(PROJECT_FOLDER), "--profiles-dir", str(PROJECT_FOLDER)]
    done = subprocess.run(
        [dbt_executable(), "build", *folders, "--vars", json.dumps(variables), "--exclude-resource-type", "unit_test"],
        env={**os.environ, **dbt_environment(settings, warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return Warehouse(warehouse)
