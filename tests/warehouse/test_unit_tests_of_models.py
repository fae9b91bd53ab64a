"""The unit tests that lie beside the models, run by dbt on tables without rows."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.lake.ingest import ingest
from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from pipelines.warehouse.dbt import target_folder
from tests.warehouse.continuing import run_dbt
from tests.warehouse.running_dbt import dbt

_EVENT = "event_id,event_type,occurred_at,customer_id,subscription_id,amount,currency,billing_interval\n"


def test_every_branch_of_every_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """dbt asks the database for the columns of what a unit test stands in for, so every table must be there."""
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CHURNIQ_TIMEZONE", raising=False)
    feed = tmp_path / "feeds" / "subscription_events"
    feed.mkdir(parents=True)
    (feed / "rows.csv").write_text(f"{_EVENT}e1,started,2025-01-01,c1,s1,1,EUR,month\n")
    settings, build = Settings().prepare(), Build()
    ingest(settings, tmp_path / "feeds")
    build.begin()
    run_dbt(build, None, "--empty")
    # The facts of a build would replace what a unit test says of the instant and the time zone.
    done = dbt(settings, build.warehouse, "test", "--select", "test_type:unit")
    results = json.loads((target_folder(settings) / "run_results.json").read_text())["results"]
    failed = [f"{result['unique_id']}: {result['message']}" for result in results if result["status"] != "pass"]
    if failed or done.returncode or not results:
        pytest.fail("\n".join(failed)[:8000] or done.stdout[-3000:])
    assert build.facts().as_of == datetime(2025, 1, 1)  # noqa: DTZ001 - stored without an offset
