"""The story that every sender tells, in the words of Cleeng's webhooks.

Cleeng names no webhook for a cancellation that is withdrawn, and no hold: the hold is told as the termination for
failed payments that it is, and the recovery as the renewal that reopens the subscription. The movements are the same.
"""

from __future__ import annotations

from typing import Any


def _webhook(topic: str, time: str, **data: Any) -> dict[str, Any]:
    known = {"subscriptionId": 700700700, "customerId": "7007", "customerExternalId": "customer-7", "eventDate": time}
    return {"broadcasterId": 558, "topic": topic, "data": {**known, "offerId": "S000000007_NL", **data}}


def _priced(topic: str, time: str, expires_at: str, **data: Any) -> dict[str, Any]:
    price = {"offerPrice": 9.99, "offerCurrency": "EUR", "period": "month"}
    return _webhook(topic, time, **price, expiresAt=expires_at, **data)


def payloads() -> list[dict[str, Any]]:
    """The webhooks from the trial to the end."""
    return [
        _priced("subscriptionCreated", "2025-01-01T10:00:00Z", "2025-01-08T10:00:00Z", inTrial=True),
        _priced("subscriptionRenewed", "2025-01-08T11:00:00+01:00", "2025-02-08T11:00:00+01:00"),
        _priced("subscriptionRenewed", "2025-02-08T10:00:00Z", "2025-03-08T10:00:00Z"),
        _webhook("subscriptionStopped", "2025-03-01T12:00:00Z", expiresAt="2025-03-08T10:00:00Z"),
        _webhook("paymentRejected", "2025-03-08T10:00:00Z", reason="Insufficient funds"),
        _webhook("subscriptionTerminated", "2025-03-15T10:00:00Z", churnType="Payment failed churn"),
        _priced("subscriptionRenewed", "2025-03-18T10:00:00Z", "2025-04-18T10:00:00Z"),
        _priced("subscriptionRenewed", "2025-04-18T10:00:00Z", "2025-05-18T10:00:00Z"),
        _webhook("subscriptionStopped", "2025-05-01T12:00:00Z", expiresAt="2025-05-18T10:00:00Z"),
        _webhook("subscriptionTerminated", "2025-05-18T10:00:00Z", churnType="Customer canceled churn"),
    ]
