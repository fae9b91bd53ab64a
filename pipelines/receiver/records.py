"""One record of a segment: a request in its envelope, with a checksum of its own.

A record is a line of JSON and a blank line, so that a damaged line end takes the record before it only. Its last field
is the SHA-256 of all that stands before that field: whoever reads it knows of each record whether it is as it was
written, whatever became of its neighbours.

Belongs here: the form of a record. Does not belong here: files (``segments``), the same check in SQL
(``pipelines.lake.payloads``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

CHECKSUM = "record_sha256"
"""The field that closes a record; those of version 0.1 had none."""

_TAIL = f',"{CHECKSUM}":"'
_HASH_LETTERS = 64
_RECORD = re.compile(_TAIL.encode() + rb'[0-9a-f]{64}"\}\n\n')


def record_of(received_at: str, headers: Mapping[str, str], body: str) -> bytes:
    """A request as its record, with both line ends."""
    envelope = {"received_at": received_at, "headers": dict(headers), "body": body}
    return sealed(json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))).encode() + b"\n\n"


def sealed(envelope: str) -> str:
    """An envelope (a JSON object without its checksum, without spaces) with its checksum."""
    content = envelope[:-1]
    return f'{content}{_TAIL}{_digest(content)}"}}'


def checksum_of(line: str) -> bool | None:
    """Whether a record holds what its checksum says; None when it has no checksum."""
    line = line.strip()
    content, tail = line[: -len(_TAIL) - _HASH_LETTERS - 2], line[-len(_TAIL) - _HASH_LETTERS - 2 :]
    if not tail.startswith(_TAIL) or not tail.endswith('"}'):
        return None
    return tail[len(_TAIL) : -2] == _digest(content)


def are_records(start: bytes) -> bool:
    """Whether the start of a file holds records, be the first of them damaged in whatever place."""
    return bool(_RECORD.search(start))


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode(errors="surrogateescape")).hexdigest()
