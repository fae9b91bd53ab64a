"""JSON Web Signatures in compact form (RFC 7515): taking them apart and verifying RS256 and ES256 (RFC 7518).

Belongs here: the format and the two algorithms that senders use. Does not belong here: whose key it is, claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from pipelines.sources.signatures.encoding import decode_base64url, json_object
from pipelines.sources.signatures.errors import SignatureError

_ES256_BYTES = 64  # Two integers of 32 bytes, r and s, one after the other (RFC 7518, section 3.4).


@dataclass(frozen=True)
class Token:
    """A compact JWS taken apart; nothing in it is proven yet."""

    header: dict[str, Any]
    payload: dict[str, Any]
    signed: bytes
    signature: bytes

    @property
    def key_id(self) -> str:
        """The id of the key that is said to have signed, or nothing."""
        return str(self.header.get("kid", ""))


def parse_token(text: str, what: str) -> Token:
    """Take apart ``header.payload.signature``; raises ``SignatureError`` that names ``what`` it was."""
    parts = text.strip().split(".")
    if len(parts) != 3 or not all(parts):
        raise SignatureError(f"The {what} is not a signed token of three parts.")
    header = json_object(decode_base64url(parts[0], f"header of the {what}"), f"header of the {what}")
    payload = json_object(decode_base64url(parts[1], f"payload of the {what}"), f"payload of the {what}")
    if "crit" in header:
        raise SignatureError(f"The {what} demands extensions that are not known here.")
    return Token(header, payload, f"{parts[0]}.{parts[1]}".encode(), decode_base64url(parts[2], f"signature of {what}"))


def verify_rs256(token: Token, keys: list[RSAPublicKey], what: str) -> None:
    """Refuse a token that none of ``keys`` signed with RSA and SHA-256."""
    _require_algorithm(token, "RS256", what)
    for key in keys:
        try:
            key.verify(token.signature, token.signed, PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return
    raise SignatureError(f"The {what} is signed by no configured key.")


def verify_es256(token: Token, key: EllipticCurvePublicKey, what: str) -> None:
    """Refuse a token that ``key`` did not sign with ECDSA on P-256 and SHA-256."""
    _require_algorithm(token, "ES256", what)
    if len(token.signature) != _ES256_BYTES or not isinstance(key.curve, SECP256R1):
        raise SignatureError(f"The {what} has a signature of the wrong size.")
    half = _ES256_BYTES // 2
    first, second = (int.from_bytes(part, "big") for part in (token.signature[:half], token.signature[half:]))
    try:
        key.verify(encode_dss_signature(first, second), token.signed, ECDSA(SHA256()))
    except InvalidSignature as error:
        raise SignatureError(f"The signature of the {what} is wrong.") from error


def _require_algorithm(token: Token, algorithm: str, what: str) -> None:
    # The algorithm is ours to choose, never the message's: "none" and HMAC with a public key are old tricks.
    if token.header.get("alg") != algorithm:
        raise SignatureError(f"The {what} is not signed with {algorithm}.")
