"""The subscriber's story as the App Store tells it; the business's id is behind the app's token, by one identity link.

Apple knows no ids of the business: ``HOUSE_LINK`` is the row of the feed identity_links that leads to ``customer-7``.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

ACCOUNT = "7d1b2c3e-0000-4000-8000-000000000007"
HOUSE_LINK = {"alias_kind": "app_account_token", "alias_value": ACCOUNT, "customer_id": "customer-7"}
ORIGINAL = "500000000000007"


def milliseconds(instant: str) -> int:
    """Epoch milliseconds of an ISO 8601 instant in UTC."""
    return int(datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp() * 1000)


def token(content: dict[str, Any]) -> str:
    """A token with a fake signature."""
    parts = [{"alg": "ES256", "x5c": []}, content, {"signature": "none"}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def transaction(purchased: str, expires: str, **fields: Any) -> dict[str, Any]:
    """A transaction of EUR 9.99."""
    return {
        "originalTransactionId": ORIGINAL,
        "transactionId": f"5{milliseconds(purchased)}",
        "bundleId": "example.tv",
        "productId": "premium.monthly",
        "purchaseDate": milliseconds(purchased),
        "expiresDate": milliseconds(expires),
        "quantity": 1,
        "type": "Auto-Renewable Subscription",
        "appAccountToken": ACCOUNT,
        "inAppOwnershipType": "PURCHASED",
        "environment": "Production",
        "storefront": "DEU",
        "price": 9990,
        "currency": "EUR",
    } | fields


def renewal(**fields: Any) -> dict[str, Any]:
    """What is known of the next renewal."""
    return {
        "originalTransactionId": ORIGINAL,
        "productId": "premium.monthly",
        "autoRenewProductId": "premium.monthly",
        "autoRenewStatus": 1,
        "renewalPrice": 9990,
        "currency": "EUR",
        "environment": "Production",
    } | fields


def notification(
    name: str, signed: str, paid: dict[str, Any] | None, following: dict[str, Any] | None = None, **data: Any
) -> dict[str, Any]:
    """A decoded notification, ``name`` being TYPE or TYPE/SUBTYPE, with signed tokens in it."""
    notification_type, _, subtype = name.partition("/")
    content: dict[str, Any] = {"appAppleId": 1, "bundleId": "example.tv", "environment": "Production"} | data
    if paid is not None:
        content["signedTransactionInfo"] = token(paid)
        content["signedRenewalInfo"] = token(renewal() if following is None else following)
    body: dict[str, Any] = {"notificationType": notification_type}
    if subtype:
        body["subtype"] = subtype
    identity = f"{name.replace('/', '-')}-{signed}"
    return body | {
        "notificationUUID": identity,
        "version": "2.0",
        "signedDate": milliseconds(signed),
        "data": content,
    }


def signed(content: dict[str, Any]) -> dict[str, Any]:
    """The body that Apple posts."""
    return {"signedPayload": token(content)}


def payloads() -> list[dict[str, Any]]:
    """The story, in the order in which it happened."""
    trial = transaction(
        "2025-01-01T10:00:00", "2025-01-08T10:00:00", price=0, offerType=1, offerDiscountType="FREE_TRIAL"
    )
    first = transaction("2025-01-08T10:00:00", "2025-02-08T10:00:00")
    second = transaction("2025-02-08T10:00:00", "2025-03-08T10:00:00")
    recovered = transaction("2025-03-18T10:00:00", "2025-04-18T10:00:00")
    last = transaction("2025-04-18T10:00:00", "2025-05-18T10:00:00")
    graced = renewal(gracePeriodExpiresDate=milliseconds("2025-03-15T10:00:00"))
    off = renewal(autoRenewStatus=0)
    told = [
        notification("SUBSCRIBED/INITIAL_BUY", "2025-01-01T10:00:00", trial),
        notification("DID_RENEW", "2025-01-08T10:00:00", first),
        notification("DID_RENEW", "2025-02-08T10:00:00", second),
        notification("DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED", "2025-03-01T12:00:00", second, off),
        notification("DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_ENABLED", "2025-03-02T12:00:00", second),
        notification("DID_FAIL_TO_RENEW/GRACE_PERIOD", "2025-03-08T10:00:00", second, graced),
        notification("GRACE_PERIOD_EXPIRED", "2025-03-15T10:00:00", second, graced),
        notification("DID_RENEW/BILLING_RECOVERY", "2025-03-18T10:00:00", recovered),
        notification("DID_RENEW", "2025-04-18T10:00:00", last),
        notification("DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED", "2025-05-01T12:00:00", last, off),
        notification("EXPIRED/VOLUNTARY", "2025-05-18T10:00:00", last, renewal(autoRenewStatus=0, expirationIntent=1)),
    ]
    return [signed(content) for content in told]
