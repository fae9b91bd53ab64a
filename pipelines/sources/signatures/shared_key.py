"""A key that both sides know, sent with the request: for senders that sign nothing.

Belongs here: comparing it. Does not belong here: where it is configured.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.sources.signatures.encoding import matches
from pipelines.sources.signatures.errors import SignatureError


def verify_key(given: str, secrets: Sequence[str]) -> None:
    """Refuse a request whose key is none of ``secrets``, in constant time."""
    if not given:
        raise SignatureError("The key is missing: send it in the X-Api-Key header or as ?token= in the address.")
    if not matches([given], secrets):
        raise SignatureError("The key in the X-Api-Key header or in ?token= is wrong.")
