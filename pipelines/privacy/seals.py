"""Seals of payloads that were changed here: their senders' signatures cannot hold any more.

Belongs here: making and knowing them. Does not belong here: signatures of senders (``pipelines.sources.signatures``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

from pipelines.privacy.keys import keyed_hash, secret_key
from pipelines.settings import Settings

SEAL = "churniq_seal"
"""The field of a payload that says, under the home's key, that it was changed here."""


def seals(settings: Settings) -> Callable[[str], bool]:
    """The check of a home; the key is looked for only when something claims to be sealed."""
    key = cache(lambda: secret_key(settings))
    return lambda payload: SEAL in payload and is_sealed(key(), payload)


def seal(key: str, payload: str) -> str:
    """The seal of a payload without one; spaces and escapes do not matter, since a reader may change them."""
    plain = json.dumps(json.loads(payload), sort_keys=True, separators=(",", ":"))
    return keyed_hash(key, plain)


def is_sealed(key: str, payload: str) -> bool:
    """Whether we changed a payload, so that its sender's signature cannot hold."""
    if SEAL not in payload:
        return False
    try:
        fields = json.loads(payload)
        sealed = fields.pop(SEAL)
    except (ValueError, KeyError, AttributeError, TypeError):
        return False
    return bool(sealed == seal(key, json.dumps(fields)))
