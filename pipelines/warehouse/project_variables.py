"""What the dbt project states once and Python has to know: its variables, read from ``dbt_project.yml``.

Belongs here: handing them over. Does not belong here: what follows from them (``dbt_project``).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from pipelines.warehouse.dbt import PROJECT_FOLDER


def lapse_days() -> tuple[int, int]:
    """Days of silence after a period ended with which a subscription has lapsed: in trial or active, and in grace."""
    return _variables()["lapse_days"], _variables()["grace_lapse_days"]


def incremental_feeds() -> tuple[str, ...]:
    """The feeds whose rows become incremental tables."""
    return tuple(_variables()["incremental_feeds"])


@cache
def _variables() -> dict[str, Any]:
    project = yaml.safe_load((PROJECT_FOLDER / "dbt_project.yml").read_text(encoding="utf-8"))
    variables: dict[str, Any] = project["vars"]
    return variables
