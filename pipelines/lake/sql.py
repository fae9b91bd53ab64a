"""Names, texts and JSON as SQL.

Belongs here: escaping for statements that are composed. Does not belong here: statements.
"""

from __future__ import annotations


def quote(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def json_object(values: dict[str, str]) -> str:
    """The text of a JSON object with a field for each SQL expression."""
    pairs = ", ".join(f"{literal(name)}, {value}" for name, value in values.items())
    return f"cast(json_object({pairs}) as VARCHAR)"


def json_pointer(key: str) -> str:
    """The JSON Pointer (RFC 6901) to a field of an object, as an SQL literal; unlike a path it takes any key."""
    return literal("/" + key.replace("~", "~0").replace("/", "~1"))


def json_field(document: str, key: str) -> str:
    """A field of a JSON object as JSON, the document and the key given as SQL."""
    return f"json_extract({document}, {_pointer(key)})"


def json_field_text(document: str, key: str) -> str:
    """A field of a JSON object as text, the document and the key given as SQL."""
    return f"json_extract_string({document}, {_pointer(key)})"


def _pointer(key: str) -> str:
    return f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"
