"""Certificates and public keys from files: PEM, DER, and JSON Web Key sets.

Belongs here: reading them and choosing among them. Does not belong here: what they prove.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pipelines.sources.signatures.encoding import decode_base64url, json_object
from pipelines.sources.signatures.errors import SignatureError

_PEM_KEY = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----", re.DOTALL)
_PEM_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class PublicKey:
    """An RSA key that verifies: its id in a key set (empty outside one) and when it expires (None: never)."""

    key: RSAPublicKey
    key_id: str = ""
    expires_at: datetime | None = None


def load_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM or DER file; raises ``ValueError`` with a sentence when it holds none."""
    content = _read(path)
    try:
        if _PEM_CERTIFICATE in content:
            return tuple(x509.load_pem_x509_certificates(content))
        return (x509.load_der_x509_certificate(content),)
    except ValueError as error:
        raise ValueError(f"{path} holds no certificate: give a PEM or DER file.") from error


def load_public_keys(path: Path) -> tuple[PublicKey, ...]:
    """The RSA keys of a JSON Web Key set, or of the public keys and certificates in a PEM file.

    Raises ``ValueError`` with a sentence when the file cannot be read or holds no RSA key.
    """
    content = _read(path)
    if content.lstrip().startswith(b"{"):
        keys = _from_key_set(content, path)
    else:
        try:
            found = [load_pem_public_key(block) for block in _PEM_KEY.findall(content)]
        except (ValueError, UnsupportedAlgorithm) as error:
            raise ValueError(f"{path} holds a public key that cannot be read: give RSA keys in PEM.") from error
        keys = [PublicKey(key) for key in found if isinstance(key, RSAPublicKey)]
        if _PEM_CERTIFICATE in content or not found:
            keys += _from_certificates(path)
    if not keys:
        raise ValueError(f"{path} holds no RSA public key: give a JSON Web Key set or a PEM file.")
    return tuple(keys)


def candidates(keys: tuple[PublicKey, ...], key_id: str) -> list[RSAPublicKey]:
    """The keys that may have signed: the one of that id, and all that have no id."""
    return [key.key for key in keys if key.key_id in {"", key_id}]


def _from_key_set(content: bytes, path: Path) -> list[PublicKey]:
    try:
        entries = json_object(content, "key set").get("keys")
        return [
            PublicKey(
                RSAPublicNumbers(_number(entry["e"]), _number(entry["n"])).public_key(), str(entry.get("kid", ""))
            )
            for entry in (entries if isinstance(entries, list) else [])
            if entry.get("kty") == "RSA"
        ]
    except (SignatureError, KeyError, AttributeError, ValueError) as error:
        raise ValueError(f"{path} is not a JSON Web Key set: save what the sender publishes, unchanged.") from error


def _from_certificates(path: Path) -> list[PublicKey]:
    return [
        PublicKey(key, expires_at=certificate.not_valid_after_utc)
        for certificate in load_certificates(path)
        if isinstance(key := certificate.public_key(), RSAPublicKey)
    ]


def _number(text: object) -> int:
    return int.from_bytes(decode_base64url(str(text), "key"), "big")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}): check the path and its permissions.") from error
