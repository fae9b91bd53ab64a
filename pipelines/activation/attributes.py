"""The attributes that a segment may name: the columns of the wide mart, as a published snapshot has them.

Belongs here: their names, kinds and meanings, read from the snapshot. Does not belong here: their definitions, which
stand beside the mart, and what may be asked of them (``operators``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pipelines.errors import UserError

if TYPE_CHECKING:
    import duckdb

TABLE = "activation.dim_customer_attributes"


class Kind(StrEnum):
    """What an attribute is, and so what may be asked of it."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes or no"
    DAY = "day"
    INSTANT = "instant"

    @property
    def is_time(self) -> bool:
        """Whether relative dates make sense of it."""
        return self in {Kind.DAY, Kind.INSTANT}


@dataclass(frozen=True)
class Attribute:
    """One attribute: its column, its kind, what it means in a sentence, and its values where no others may be."""

    name: str
    kind: Kind
    description: str
    values: tuple[str, ...] = ()


Attributes = Mapping[str, Attribute]

_KINDS = {"BOOLEAN": Kind.FLAG, "DATE": Kind.DAY, "TIMESTAMP": Kind.INSTANT, "VARCHAR": Kind.TEXT}
_NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT", "INTEGER", "BIGINT", "HUGEINT", "SMALLINT", "TINYINT")


def read_attributes(connection: duckdb.DuckDBPyConnection) -> Attributes:
    """Every attribute of the snapshot, in the order of the mart; raises ``UserError`` when it was built before them."""
    schema, table = TABLE.split(".")
    columns = connection.execute(
        "select column_name, data_type from information_schema.columns "
        "where table_schema = $1 and table_name = $2 order by ordinal_position",
        [schema, table],
    ).fetchall()
    if not columns:
        raise UserError("The snapshot was built before segments existed: run churniq build.")
    # A snapshot of an earlier release says nothing of the values.
    entries = connection.sql(
        "select * from ops.glossary where schema_name = $1 and table_name = $2 and column_name is not null",
        params=[schema, table],
    )
    described = {
        entry["column_name"]: entry
        for entry in (dict(zip(entries.columns, row, strict=True)) for row in entries.fetchall())
    }
    return {name: _attribute(name, type_, described.get(name, {})) for name, type_ in columns}


def _attribute(name: str, data_type: str, entry: Mapping[str, str | None]) -> Attribute:
    values = json.loads(entry.get("accepted_values") or "[]")
    return Attribute(name, _kind(name, data_type), entry.get("description") or "", tuple(values))


def _kind(name: str, data_type: str) -> Kind:
    base = data_type.split("(", maxsplit=1)[0]
    if base in _KINDS:
        return _KINDS[base]
    if base in _NUMBERS:
        return Kind.NUMBER
    raise UserError(f"The attribute {name} is of the type {data_type}, which no segment can ask about: cast it in dbt.")
