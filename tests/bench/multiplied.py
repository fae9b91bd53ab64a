"""A built warehouse or a snapshot with each customer so many times, for measuring at sizes that nobody builds.

Belongs here: the copies, under other identifiers, with everything that hangs on them, and running compiled models on
them. Does not belong here: what is measured.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

_NAMED = re.compile(r'"warehouse"\."(\w+)"\."(\w+)"')
_OWN = ("customer_id", "person_id", "subscription_id", "alias", "event_id", "ticket_id")
_OWN_OF_MARTS = (*_OWN, "transaction_id", "original_transaction_id", "visitor_id", "case_id", "trial_id")


def compiled(home: Path, models: Sequence[str]) -> dict[str, str]:
    """The compiled queries of models of the last run, in the order asked for."""
    folder = home / "work" / "dbt" / "target" / "compiled"
    # A layout of folders that is gone leaves its compiled files behind.
    newest = {name: max(folder.rglob(f"{name}.sql"), key=lambda file: file.stat().st_mtime) for name in models}
    return {name: file.read_text() for name, file in newest.items()}


def multiply(home: Path, into: Path, queries: Iterable[str], leave: Sequence[str], times: int) -> None:
    """Write to ``into`` what ``queries`` read of the warehouse in ``home``, but for the tables to ``leave``."""
    read = {named for query in queries for named in _NAMED.findall(query)}
    with duckdb.connect(str(into), config={"threads": 2, "memory_limit": "4GB"}) as connection:
        connection.execute("set preserve_insertion_order = false")
        # Views name their tables by the name of the warehouse.
        connection.execute(f"attach '{home / 'work' / 'warehouse.duckdb'}' as warehouse (read_only)")
        for schema, table in sorted(read):
            if table not in leave:
                _multiply(connection, schema, table, times)


def _multiply(connection: duckdb.DuckDBPyConnection, schema: str, table: str, times: int) -> None:
    """A table, each customer of it so many times; one that names no customer as it is."""
    source = f'warehouse."{schema}"."{table}"'
    columns = [row[0] for row in connection.execute(f"describe select * from {source}").fetchall()]
    own = [column for column in columns if column in _OWN]
    connection.execute(f'create schema if not exists "{schema}"')
    if not set(own) & {"customer_id", "alias"}:
        connection.execute(f'create table "{schema}"."{table}" as select * from {source}')
        return
    renamed = ", ".join(f"{column} || '-' || copy as {column}" for column in own)
    connection.execute(
        f'create table "{schema}"."{table}" as select * exclude (copy) replace ({renamed}) '
        f"from (select copies.range as copy, built.* from {source} as built cross join range({times}) as copies)"
    )


def multiply_snapshot(home: Path, into: Path, times: int) -> None:
    """Copy an environment, with each customer of its current snapshot so many times; what names none is as it was."""
    shutil.copytree(home, into, symlinks=True, ignore=shutil.ignore_patterns("work"))
    file = (into / "published" / "current.duckdb").resolve()
    file.chmod(0o600)
    with duckdb.connect(str(file), config={"threads": 2, "memory_limit": "5GB"}) as connection:
        connection.execute("set preserve_insertion_order = false")
        tables = connection.execute(
            "select schema_name, table_name, list(column_name) filter (data_type = 'VARCHAR') from duckdb_columns() "
            "join duckdb_tables() using (database_name, schema_name, table_name) group by all "
            "having bool_or(column_name = 'customer_id')"
        ).fetchall()
        for schema, table, texts in tables:
            own = ", ".join(f"{name} || '-' || copy as {name}" for name in _OWN_OF_MARTS if name in texts)
            connection.execute(
                f'insert into "{schema}"."{table}" select * exclude (copy) replace ({own}) '
                f'from (select built.*, copies.range as copy from "{schema}"."{table}" as built '
                f"cross join range(1, {times}) as copies)"
            )
        connection.execute("checkpoint")
