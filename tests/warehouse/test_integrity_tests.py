"""Every test between models can fail: some change to one table that it reads makes it say so.

Belongs here: changing rows of a built warehouse. Does not belong here: what each test prevents (its first lines).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines.settings import Settings
from pipelines.warehouse.dbt import manifest_path, target_folder

INTEGRITY = Path(__file__).parents[2] / "dbt_project" / "tests" / "integrity"
# By the beginning of a column's type: what makes another value of it.
_OTHERWISE = {
    "DECIMAL": "{} + 1", "BIGINT": "{} + 1", "INTEGER": "{} + 1", "DOUBLE": "{} + 1", "BOOLEAN": "not {}",
    "DATE": "{} + 4000", "TIMESTAMP": "{} + interval 4000 days", "VARCHAR": "null",
}  # fmt: skip


def _changes(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    """A row twice, a row less, and every column otherwise."""
    yield f"insert into {table} select * from {table} limit 1"
    yield f"delete from {table} where rowid in (select rowid from {table} limit 1)"
    for name, kind, *_ in connection.execute(f"describe {table}").fetchall():
        for beginning, value in _OTHERWISE.items():
            if kind.startswith(beginning):
                yield f'update {table} set "{name}" = ' + value.format(f'"{name}"')


def _is_noticed(connection: duckdb.DuckDBPyConnection, change: str, test: str) -> bool:
    connection.execute("begin")
    try:
        connection.execute(change)
        return bool(connection.execute(test).fetchall())
    except duckdb.ConstraintException:
        return False
    finally:
        connection.execute("rollback")


def test_each_notices_some_change(whole: Settings) -> None:
    """What sixteen of them share wrote no row could make all of them pass for ever."""
    compiled = target_folder(whole) / "compiled" / "churniq" / "tests" / "integrity"
    nodes: dict[str, Any] = json.loads(manifest_path().read_text())["nodes"]
    never = []
    with duckdb.connect(str(whole.warehouse)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        views = {f"{schema}.{name}" for schema, name in connection.execute(
            "select schema_name, view_name from duckdb_views()"
        ).fetchall()}  # fmt: skip
        for file in sorted(INTEGRITY.glob("*.sql")):
            read = nodes[f"test.churniq.{file.stem}"]["depends_on"]["nodes"]
            tables = [f"{nodes[name]['schema']}.{nodes[name]['name']}" for name in read if name in nodes]
            test = (compiled / file.name).read_text()
            changes = (change for table in tables if table not in views for change in _changes(connection, table))
            if not any(_is_noticed(connection, change, test) for change in changes):
                never.append(file.stem)
    assert never == []
