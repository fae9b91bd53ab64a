"""Metrics as tests ask them.

Belongs here: what more than one test of metrics needs. Does not belong here: assertions.
"""

from __future__ import annotations

from typing import Any

from pipelines.readings.metric_queries import compile_metric
from pipelines.readings.metrics import find_metric
from tests.warehouse.building import Warehouse


def sliced(story: Warehouse, name: str, dimension: str, grain: str) -> dict[Any, dict[str, Any]]:
    """The metric's values of a dimension by period."""
    found: dict[Any, dict[str, Any]] = {}
    for row in story.rows(compile_metric(find_metric(name), (dimension,), grain)):
        found.setdefault(row["period"], {})[row[dimension]] = row[name]
    return found
