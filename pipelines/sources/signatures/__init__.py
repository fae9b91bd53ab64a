"""Proofs that a message comes from its sender: one module a scheme, used by the receiver and when files are ingested.

Belongs here: what a sender signs and how that is verified, as pure functions over text, bytes and keys.
Does not belong here: HTTP, where keys are configured, the network, what a message means.
"""

from pipelines.sources.signatures.errors import SignatureError

__all__ = ["SignatureError"]
