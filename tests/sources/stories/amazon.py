"""The story that every sender tells, in the words of the Amazon Appstore, its receipts and its sales report.

No notice tells a hold: the receipt expires out of its grace on 15 March, and is renewed on the 18th. The receipt as
verified names the business's customer.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

_RECEIPT = "story-receipt-7=:3:11"
_USER = "story-amazon-user-7"


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def _notice(kind: str, time: str) -> dict[str, Any]:
    message = {
        "receiptId": _RECEIPT,
        "relatedReceipts": {},
        "appUserId": _USER,
        "notificationType": f"SUBSCRIPTION_{kind}",
        "appPackageName": "com.example.seven",
        "timestamp": _milliseconds(time),
        "betaProductTransaction": False,
    }
    return {
        "Type": "Notification",
        "MessageId": f"story-{kind}-{time[:10]}",
        "TopicArn": "arn:aws:sns:eu-west-1:000000000007:story",
        "Message": json.dumps(message),
        "Timestamp": time,
        "SignatureVersion": "1",
    }


def _sale(time: str, price: str) -> dict[str, Any]:
    return {
        "Transaction ID": f"story-{time[:10]}",
        "Transaction Time": time,
        "Transaction Type": "Charge",
        "Receipt ID": _RECEIPT,
        "Vendor SKU": "monthly_plan_term",
        "In-App Subscription Term": "Monthly",
        "Sales Price (Marketplace Currency)": price,
        "Marketplace Currency": "EUR",
        "Country/Region Code": "DE",
    }


def _receipt() -> dict[str, Any]:
    receipt = {
        "productId": "monthly_plan",
        "productType": "SUBSCRIPTION",
        "term": "1 Month",
        "purchaseDate": _milliseconds("2025-01-01T10:00:00Z"),
        "freeTrialEndDate": _milliseconds("2025-01-08T10:00:00Z"),
        "autoRenewing": True,
        "cancelDate": None,
        "betaProduct": False,
    }
    answer = {"receiptId": _RECEIPT, "fetchedAt": "2025-01-01T10:05:00Z", "userId": _USER, "customerId": "customer-7"}
    return {**answer, "receipt": receipt}


def payloads() -> list[dict[str, Any]]:
    """The notices from the trial to the end, the receipt, and the report's rows."""
    paid = ("2025-01-08", "2025-02-08", "2025-03-18", "2025-04-18")
    return [
        _receipt(),
        _notice("PURCHASED", "2025-01-01T10:00:00Z"),
        _notice("CONVERTED_FREE_TRIAL_TO_PAID", "2025-01-08T10:00:00Z"),
        _notice("RENEWED", "2025-02-08T10:00:00Z"),
        _notice("AUTO_RENEWAL_OFF", "2025-03-01T12:00:00Z"),
        _notice("AUTO_RENEWAL_ON", "2025-03-02T12:00:00Z"),
        _notice("IN_GRACE_PERIOD", "2025-03-08T10:00:00Z"),
        _notice("EXPIRED", "2025-03-15T10:00:00Z"),
        _notice("RENEWED", "2025-03-18T10:00:00Z"),
        _notice("RENEWED", "2025-04-18T10:00:00Z"),
        _notice("AUTO_RENEWAL_OFF", "2025-05-01T12:00:00Z"),
        _notice("EXPIRED", "2025-05-18T10:00:00Z"),
        *(_sale(f"{day}T10:00:00Z", "9.99") for day in paid),
    ]
