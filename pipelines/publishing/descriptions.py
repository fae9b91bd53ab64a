"""What each published table and column means, from dbt's manifest, as rows of the table ``ops.glossary``.

Belongs here: reading descriptions. Does not belong here: the descriptions, which stand beside the models.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

Description = tuple[str, str, str | None, str, str | None]
"""Schema, table, column (none for the table itself), description, data type (none for the table itself)."""


def read_descriptions(manifest: Path, schemas: Collection[str]) -> list[Description]:
    """One row a described table, then one a described column of it, for the models in ``schemas``."""
    rows: list[Description] = []
    for node in json.loads(manifest.read_text())["nodes"].values():
        if node["resource_type"] != "model" or node["schema"] not in schemas:
            continue
        place = (node["schema"], node["name"])
        if node["description"]:
            rows.append((*place, None, " ".join(node["description"].split()), None))
        for column in node["columns"].values():
            if column["description"]:
                words = " ".join(column["description"].split())
                rows.append((*place, column["name"], words, column.get("data_type")))
    return rows
