"""What each published table and column means, from dbt's manifest, as rows of the table ``ops.glossary``.

Belongs here: reading descriptions. Does not belong here: the descriptions, which stand beside the models.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple


class Description(NamedTuple):
    """One row: ``column_name`` and ``data_type`` are none for a table itself.

    ``accepted_values`` is a JSON list of the texts that the column is tested to have only; none where any text may be.
    """

    schema_name: str
    table_name: str
    column_name: str | None
    description: str
    data_type: str | None = None
    accepted_values: str | None = None


def read_descriptions(manifest: Path, schemas: Collection[str]) -> list[Description]:
    """One row a described table, then one a described column of it, for the models and sources in ``schemas``."""
    rows: list[Description] = []
    found = json.loads(manifest.read_text())
    nodes = found["nodes"]
    accepted = {
        (node["attached_node"], node["column_name"]): json.dumps(node["test_metadata"]["kwargs"]["values"])
        for node in nodes.values()
        if node.get("test_metadata") and node["test_metadata"]["name"] == "accepted_values"
    }
    # What the models of churn and value write is public too, and a source to dbt.
    for node in (*nodes.values(), *found["sources"].values()):
        if node["resource_type"] not in {"model", "source"} or node["schema"] not in schemas:
            continue
        place = (node["schema"], node["name"])
        if node["description"]:
            rows.append(Description(*place, None, " ".join(node["description"].split())))
        for column in node["columns"].values():
            if column["description"]:
                words = " ".join(column["description"].split())
                values = accepted.get((node["unique_id"], column["name"]))
                rows.append(Description(*place, column["name"], words, column.get("data_type"), values))
    return rows
