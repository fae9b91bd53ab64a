"""Asking the receiver whether it believes a message, at one instant.

Belongs here: credentials and the question. Does not belong here: playing the senders (``signing``).
"""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.receiver.credentials import Credentials, CredentialStore
from pipelines.receiver.senders import SENDERS
from tests.receiver.signing import Signed

NOW = datetime(2026, 11, 23, 4, 15, tzinfo=UTC)


def store_of(name: str, values: dict[str, str]) -> CredentialStore:
    """The credentials of a sender, as the environment has them."""
    sender = SENDERS[name]
    return CredentialStore(name, sender.alternatives, values, are_roots=sender.has_root_certificates)


def reason_of(name: str, signed: Signed, credentials: Credentials, now: datetime = NOW) -> str | None:
    """Why a message is not believed; None where it is."""
    return SENDERS[name].authenticate(signed.headers, signed.body, credentials, now)
