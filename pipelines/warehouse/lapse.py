"""How long a subscription stays silent before it has lapsed, as the dbt project says it.

Belongs here: handing the two numbers to Python that has to know them. They are stated once, as variables of the dbt
project. Does not belong here: which subscriptions lapse (``int_subscription_events_counted``).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml

from pipelines.warehouse.dbt import PROJECT_FOLDER


@cache
def lapse_days() -> tuple[int, int]:
    """Days after the end of its period: in trial or active, and in grace."""
    project: dict[str, Any] = yaml.safe_load((PROJECT_FOLDER / "dbt_project.yml").read_text(encoding="utf-8"))
    return project["vars"]["lapse_days"], project["vars"]["grace_lapse_days"]
