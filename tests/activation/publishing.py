"""A published snapshot of a few people with every attribute of the mart, and their addresses beside it.

The columns are those of the mart's contract, so that an attribute added there is here as well.

Belongs here: making it. Does not belong here: assertions.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import yaml

from pipelines.activation.contacts import CONTACT_COLUMNS, write_contacts
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from tests.homes import fill

AS_OF = datetime(2026, 6, 30, 23)  # noqa: DTZ001 - snapshots are as of UTC without an offset
ROOT = Path(__file__).parents[2]
_MART = ROOT / "dbt_project" / "models" / "marts" / "activation" / "_activation.yml"
_MODELS = {model["name"]: model for model in yaml.safe_load(_MART.read_text())["models"]}
COLUMNS: dict[str, str] = {
    column["name"]: column["data_type"] for column in _MODELS["dim_customer_attributes"]["columns"]
}
Person = dict[str, Any]


def person(customer_id: str, **values: Any) -> Person:
    """Somebody who pays, is at high risk, consents and has an address, unless it is said otherwise."""
    return {
        "customer_id": customer_id,
        "status": "paying",
        "country": "NL",
        "locale": "nl-NL",
        "marketing_consent": True,
        "current_mrr": 10,
        "risk_band": "high",
        "churn_probability": 0.5,
        "provider": "stripe",
        "model_version": "m1",
        "email": f"{customer_id}@example.org",
        **values,
    }


def publish_people(
    settings: Settings,
    people: Sequence[Person],
    *,
    as_of: datetime = AS_OF,
    name: str = "current",
    lake_version: int = 0,
) -> Settings:
    """Publish them as the current snapshot as of an instant, and write their addresses."""
    settings.prepare()
    key = (repr(people), as_of, name, lake_version, os.environ.get("CHURNIQ_SECRET_KEY"))
    fill(settings, key, lambda: _publish(settings, people, as_of, name, lake_version))
    return settings


def _publish(settings: Settings, people: Sequence[Person], as_of: datetime, name: str, lake_version: int) -> None:
    warehouse = settings.work / f"{name}.duckdb"
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        add_people(connection, people)
        connection.execute("create schema ops")
        connection.execute("create table ops.build_info as select $1::timestamp as as_of, 'UTC' as timezone", [as_of])
    write_contacts(settings, warehouse)
    publish(settings, warehouse, name=name, as_of=as_of, lake_version=lake_version, is_current=True)


def add_people(connection: duckdb.DuckDBPyConnection, people: Sequence[Person]) -> None:
    """Give a warehouse their attributes and addresses."""
    for schema in ("activation", "private"):
        connection.execute(f"create schema if not exists {schema}")
    _insert(connection, "activation.dim_customer_attributes", COLUMNS, people)
    details = {**dict.fromkeys(("customer_id", *CONTACT_COLUMNS), "varchar"), "marketing_consent": "boolean"}
    _insert(connection, "private.dim_contacts", {**details, "deleted_at": "timestamp"}, people)
    connection.execute("create table private.dim_customer_aliases (alias varchar, customer_id varchar)")


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], people: Sequence[Person]
) -> None:
    fields = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(f"create table {table} ({fields})")
    texts = {
        column: [None if (value := one.get(column)) is None else str(value) for one in people] for column in columns
    }
    connection.register("texts", pl.DataFrame(texts, schema=dict.fromkeys(columns, pl.String)))
    values = ", ".join(f"cast({name} as {kind})" for name, kind in columns.items())
    connection.execute(f"insert into {table} select {values} from texts")
    connection.unregister("texts")
