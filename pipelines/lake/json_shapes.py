"""The shape of JSON: what is an object, the keys of its objects, and rows that name a key twice.

Each distinct set of objects and keys is looked at once, by its hash: to compare all keys of all rows costs as much as
to read them.

Belongs here: keys. Does not belong here: values (``read``, ``payloads``).
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from pipelines.lake.sql import is_json_object
from pipelines.sources.sql import key_hash, key_lists, names_a_key_twice


def shape(text: str) -> tuple[Mapping[str, str], ...]:
    """Steps of SQL over a text, the last of which tells whether it is an object (never null) and its ``key_hash``."""
    # What nests nothing and has keys is an object, so most flat texts are parsed once. No keys have the hash of null.
    has_flat_keys = "flat_hash <> hash(null)"
    keys_within = key_hash(text, is_valid="is_object")
    return (
        {"flat_hash": f"case when {text} not like '%{{%{{%' then hash(try(json_keys({text}))) end"},
        {"is_object": f"case when {has_flat_keys} then true else {is_json_object(text)} end"},
        {
            "is_object": "is_object",
            "key_hash": f"case when {has_flat_keys} then flat_hash else {keys_within} end",
        },
    )


def reject_ambiguous(connection: duckdb.DuckDBPyConnection, relation: str, text: str) -> str:
    """Reject the objects that name a key twice, at any depth; the condition of the objects that are left.

    The parsers of different programs take different ones of the two values, so what was verified would not be what is
    read.
    """
    connection.execute(
        f"""
        create or replace temp table ambiguous_shapes as
        select key_hash
        from (select key_hash, any_value({text}) as {text} from {relation} where is_object group by key_hash)
        where {names_a_key_twice(key_lists(text))}
        """
    )
    if connection.execute("select exists (from ambiguous_shapes)").fetchall() == [(False,)]:
        return "is_object"
    connection.execute(
        f"insert into rejected select file_number, row_number, 'duplicate_key', {text} "
        f"from {relation} semi join ambiguous_shapes using (key_hash) where is_object"
    )
    return "is_object and key_hash not in (select key_hash from ambiguous_shapes)"
