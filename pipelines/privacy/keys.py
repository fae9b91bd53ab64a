"""The secret key of an environment, and the keyed hashes that are made with it.

A plain hash of an address can be found by hashing addresses; with a key that nobody else has it cannot.

Belongs here: the key and the hash, in Python and in SQL. Does not belong here: what is hashed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from pipelines.errors import UserError
from pipelines.kept import take_as_it_is
from pipelines.lake.sql import literal
from pipelines.settings import Settings

VARIABLE = "CHURNIQ_SECRET_KEY"
_LEAST = 16


def secret_key(settings: Settings) -> str:
    """The key from the environment, else the one kept in the home, which is made when there is none yet.

    Raises ``UserError`` when it is too short or its file is broken: with another key, nobody would be recognised.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        if len(given) < _LEAST:
            raise UserError(f"{VARIABLE} has fewer than {_LEAST} characters: set it to a long random text.")
        return given
    path = settings.secret_key
    if not path.exists():
        _write_once(settings.home, path, secrets.token_hex(32))
    key = path.read_text().strip()
    if len(key) < _LEAST:
        raise UserError(
            f"{path} is empty or cut off, and without it nobody who was erased is recognised: restore it from a backup."
        )
    return key


def keyed_hash(key: str, text: str) -> str:
    """The keyed hash of a text, 64 hexadecimals."""
    inner = hashlib.sha256((key + text).encode(errors="surrogateescape")).hexdigest()
    return hashlib.sha256((key + inner).encode(errors="surrogateescape")).hexdigest()


def keyed_hash_sql(key: str, text: str) -> str:
    """The same hash of an SQL expression, as SQL."""
    return f"sha256({literal(key)} || sha256({literal(key)} || {text}))"


def _write_once(home: Path, path: Path, key: str) -> None:
    """Write the file whole, or leave the one that another process wrote meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(key + "\n")
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        pass
    else:
        take_as_it_is(home, path)
    finally:
        temporary.unlink()
