"""The payments of the story that every sender tells, as Adyen sees them.

Adyen knows no subscriptions, so there are no movements here: the refused payment of 8 March and the four that went
through are all it can tell, and the story's test is for the seven other senders.
"""

from __future__ import annotations

from typing import Any


def _authorisation(date: str, *, success: str = "true", reason: str = "") -> dict[str, Any]:
    item = {
        "additionalData": {"recurring.shopperReference": "customer-7", "recurringProcessingModel": "Subscription"},
        "amount": {"currency": "EUR", "value": 999},
        "eventCode": "AUTHORISATION",
        "eventDate": f"{date}T11:00:00+01:00",
        "merchantAccountCode": "House",
        "merchantReference": f"subscription:monthly-7:{date}",
        "pspReference": "PSP" + date.replace("-", ""),
        "reason": reason,
        "success": success,
        "paymentMethod": "visa",
    }
    return {"live": "true", "notificationItems": [{"NotificationRequestItem": item}]}


def payloads() -> list[dict[str, Any]]:
    """The payments from the conversion to the last renewal."""
    return [
        _authorisation("2025-01-08"),
        _authorisation("2025-02-08"),
        _authorisation("2025-03-08", success="false", reason="Not enough balance"),
        _authorisation("2025-03-18"),
        _authorisation("2025-04-18"),
    ]
