"""The subscriber's story as Google Play tells it: notifications by token, and two looks at the purchase behind it.

Google cannot tell a trial in a notification: the first look says it. A hold and a pause end alike, with RECOVERED.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

TOKEN = "story.token.AO-J1O"  # noqa: S105 - a purchase token of the fixtures
PURCHASED, RENEWED, CANCELED, RECOVERED, ON_HOLD, IN_GRACE, RESTARTED, EXPIRED = 4, 2, 3, 1, 5, 6, 7, 13


def milliseconds(instant: str) -> int:
    """Epoch milliseconds of an ISO 8601 instant in UTC."""
    return int(datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp() * 1000)


def push(content: dict[str, Any], message_id: str) -> dict[str, Any]:
    """A Pub/Sub push of a notification."""
    data = base64.b64encode(json.dumps(content).encode()).decode()
    message = {"attributes": {}, "data": data, "messageId": message_id}
    return {"message": message, "subscription": "projects/fake/subscriptions/play"}


def notification(number: int, at: str, *, token: str = TOKEN, message_id: str | None = None) -> dict[str, Any]:
    """A notification about a subscription."""
    content = {
        "version": "1.0",
        "packageName": "example.tv",
        "eventTimeMillis": str(milliseconds(at)),
        "subscriptionNotification": {
            "version": "1.0",
            "notificationType": number,
            "purchaseToken": token,
            "subscriptionId": "premium",
        },
    }
    return push(content, message_id or f"{token}-{number}-{at}")


def money(units: int, nanos: int, currency: str = "EUR") -> dict[str, Any]:
    """Google's money."""
    return {"currencyCode": currency, "units": str(units), "nanos": nanos}


def purchase(fetched_at: str, expires_at: str, *, token: str = TOKEN, **subscription: Any) -> dict[str, Any]:
    """What was fetched of a purchase, in the wrapper."""
    item = {
        "productId": "premium",
        "expiryTime": f"{expires_at}Z",
        "latestSuccessfulOrderId": "GPA.1111-2222-3333-44444",
        "autoRenewingPlan": {"autoRenewEnabled": True, "recurringPrice": money(9, 990000000)},
        "offerDetails": {"basePlanId": "monthly"},
    } | subscription.pop("item", {})
    resource = {
        "kind": "androidpublisher#subscriptionPurchaseV2",
        "regionCode": "DE",
        "lineItems": [item],
        "startTime": "2025-01-01T10:00:00Z",
        "subscriptionState": "SUBSCRIPTION_STATE_ACTIVE",
        "latestOrderId": "GPA.1111-2222-3333-44444",
        "externalAccountIdentifiers": {"obfuscatedExternalAccountId": "customer-7"},
    }
    body = {"purchaseToken": token, "fetchedAt": f"{fetched_at}Z", "billingPeriod": "P1M"}
    return body | {"subscription": resource | subscription}


def payloads() -> list[dict[str, Any]]:
    """The story, in the order in which it happened."""
    return [
        notification(PURCHASED, "2025-01-01T10:00:00"),
        purchase("2025-01-01T10:00:05", "2025-01-08T10:00:00", item={"offerPhase": {"freeTrial": {}}}),
        notification(RENEWED, "2025-01-08T10:00:00"),
        purchase("2025-01-08T10:00:05", "2025-02-08T10:00:00", latestOrderId="GPA.1111-2222-3333-44444..0"),
        notification(RENEWED, "2025-02-08T10:00:00"),
        notification(CANCELED, "2025-03-01T12:00:00"),
        notification(RESTARTED, "2025-03-02T12:00:00"),
        notification(IN_GRACE, "2025-03-08T10:00:00"),
        notification(ON_HOLD, "2025-03-15T10:00:00"),
        notification(RECOVERED, "2025-03-18T10:00:00"),
        notification(RENEWED, "2025-04-18T10:00:00"),
        notification(CANCELED, "2025-05-01T12:00:00"),
        notification(EXPIRED, "2025-05-18T10:00:00"),
    ]
