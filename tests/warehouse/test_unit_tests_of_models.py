"""The unit tests that lie beside the models, run by dbt."""

from __future__ import annotations

import json

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.dbt import target_folder
from tests.warehouse.running_dbt import dbt


def test_every_branch_of_every_model(whole: Settings) -> None:
    """dbt asks the database for the columns of what a unit test stands in for, so every table must be there.

    The facts of a build would replace what a unit test says of the instant and the time zone, so none are given.
    """
    done = dbt(whole, whole.warehouse, "test", "--select", "test_type:unit")
    results = json.loads((target_folder(whole) / "run_results.json").read_text())["results"]
    failed = [f"{result['unique_id']}: {result['message']}" for result in results if result["status"] != "pass"]
    if failed or done.returncode or not results:
        pytest.fail("\n".join(failed)[:8000] or done.stdout[-3000:])
