"""Apple: JSON Web Signatures whose certificates come along and lead to Apple's root.

Belongs here: that scheme, as for App Store Server Notifications V2 and the signed transactions in them. Does not belong
here: what notifications mean; whether a certificate was revoked is not asked, for that needs the network.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from pipelines.sources.signatures.encoding import decode_base64, from_epoch
from pipelines.sources.signatures.errors import SignatureError
from pipelines.sources.signatures.jws import parse_token, verify_es256

# What Apple marks its own certificates with: the signer of receipts, and the authority for developer relations.
_SIGNER = x509.ObjectIdentifier("1.2.840.113635.100.6.11.1")
_AUTHORITY = x509.ObjectIdentifier("1.2.840.113635.100.6.2.1")
_CHAIN_LENGTH = 3
_WHAT = "Apple token"


def verify_jws(token: str, root_certificates: tuple[x509.Certificate, ...]) -> dict[str, Any]:
    """The payload of a token that Apple signed; raises ``SignatureError`` with the reason otherwise.

    The certificates must have been valid when the token says it was signed (``signedDate``, milliseconds), so a token
    stays verifiable after they expire. Whoever calls decides how old a token may be and for which app.
    """
    parsed = parse_token(token, _WHAT)
    chain = parsed.header.get("x5c")
    if not isinstance(chain, list) or len(chain) != _CHAIN_LENGTH or not all(isinstance(item, str) for item in chain):
        raise SignatureError("The Apple token does not carry its three certificates (x5c).")
    key, valid_from, valid_to = _trusted_key(tuple(chain), root_certificates)
    verify_es256(parsed, key, _WHAT)
    if not valid_from <= signed_at(parsed.payload) <= valid_to:
        raise SignatureError("The certificates of the Apple token were not valid when it was signed.")
    return parsed.payload


def signed_at(payload: dict[str, Any]) -> datetime:
    """When Apple signed, UTC: ``signedDate``, or ``receiptCreationDate`` of an app's own receipt."""
    value = payload.get("signedDate", payload.get("receiptCreationDate"))
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise SignatureError("The Apple token does not say when it was signed (signedDate).")
    return from_epoch(value, "signedDate of the Apple token", units_in_second=1000)


@lru_cache(maxsize=64)
def _trusted_key(
    chain: tuple[str, ...], roots: tuple[x509.Certificate, ...]
) -> tuple[EllipticCurvePublicKey, datetime, datetime]:
    """The signer's key, and from when to when its whole chain is valid.

    A chain that is valid at one instant of that window is so at each, which is why one verification serves every
    token that carries it: a file of a million notifications has a handful of chains.
    """
    try:
        leaf, intermediate = (x509.load_der_x509_certificate(decode_base64(text, "x5c")) for text in chain[:2])
        leaf.extensions.get_extension_for_oid(_SIGNER)
        intermediate.extensions.get_extension_for_oid(_AUTHORITY)
    except ValueError as error:
        raise SignatureError("The certificates of the Apple token cannot be read.") from error
    except x509.ExtensionNotFound as error:
        raise SignatureError(
            "The certificates of the Apple token are not those of a signer of the App Store."
        ) from error
    key = leaf.public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise SignatureError("The certificate of the Apple token has no key on an elliptic curve.")
    for root in roots:
        certificates = (leaf, intermediate, root)
        valid_from = max(certificate.not_valid_before_utc for certificate in certificates)
        if _leads_to_root(leaf, intermediate, root, valid_from):
            return key, valid_from, min(certificate.not_valid_after_utc for certificate in certificates)
    raise SignatureError("The certificates of the Apple token do not lead to a configured root.")


def _leads_to_root(
    leaf: x509.Certificate, intermediate: x509.Certificate, root: x509.Certificate, instant: datetime
) -> bool:
    verifier = (
        PolicyBuilder()
        .store(Store([root]))
        .time(instant)
        .extension_policies(
            # Apple's signer is no server or client of TLS, whose names and usages the defaults would ask for.
            ca_policy=ExtensionPolicy.webpki_defaults_ca(),
            ee_policy=ExtensionPolicy.permit_all(),
        )
        .build_client_verifier()
    )
    try:
        verifier.verify(leaf, [intermediate])
    except VerificationError:
        return False
    return True
