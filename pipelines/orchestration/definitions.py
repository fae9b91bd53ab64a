"""Everything Dagster knows of this project: what lies under ``defs/``, and the one resource that it shares.

Belongs here: loading it. Does not belong here: any asset, check, job, schedule or sensor.
"""

from __future__ import annotations

from dagster import Definitions, load_asset_checks_from_package_module, load_assets_from_package_module

import pipelines.defs
from pipelines.defs.automation.jobs import (
    daily_build,
    day_snapshots,
    full_build,
    inbox_sensor,
    maintenance,
    nightly_maintenance,
    training,
    weekly_training,
)
from pipelines.orchestration.build_resource import build_resource

defs = Definitions(
    assets=load_assets_from_package_module(pipelines.defs),
    asset_checks=load_asset_checks_from_package_module(pipelines.defs),
    jobs=[full_build, day_snapshots, maintenance, training],
    schedules=[daily_build, nightly_maintenance, weekly_training],
    sensors=[inbox_sensor],
    resources={"build": build_resource},
)
