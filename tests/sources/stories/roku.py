"""The story that every sender tells, in the words of Roku Pay.

Roku's grace is three days; the notices decide, not the number. It knows the business's customer from the trial's sale,
and sends nothing at the end: the cancellation of 1 May tells it in advance.
"""

from __future__ import annotations

from typing import Any

_ORIGINAL = "0000aaaa-0001-11ef-b449-0a58a9feac07"


def _notice(kind: str, event_date: str, **fields: Any) -> dict[str, Any]:
    day = event_date[:10].replace("-", "")
    return {
        "customerId": "f00d7f00d7f00d7f00d7f00d7f00d707",
        "transactionType": kind,
        "transactionId": f"{kind.lower()}{day}",
        "channelId": "700",
        "productCode": "monthly_plan",
        "productName": "Monthly plan",
        "originalTransactionId": _ORIGINAL,
        "eventDate": event_date,
        "responseKey": f"{day}00000000000000000000000000000007",
        "isFreeTrial": False,
        **fields,
    }


def _sale(event_date: str, expiration_date: str, **fields: Any) -> dict[str, Any]:
    money = {"price": 9.99, "tax": 0.0, "total": 9.99, "currency": "eur"}
    comments = {"comments": "Recurring subscription processed"}
    return _notice("Sale", event_date, **{**money, **comments, "expirationDate": expiration_date, **fields})


def payloads() -> list[dict[str, Any]]:
    """The notices from the trial to the end."""
    return [
        _sale(
            "2025-01-01T10:00:00Z",
            "2025-01-08T10:00:00Z",
            transactionId=_ORIGINAL.replace("-", ""),
            partnerReferenceId="customer-7",
            comments="New order processed.",
            isFreeTrial=True,
            price=0.0,
            total=0.0,
        ),
        _sale("2025-01-08T10:00:00Z", "2025-02-08T10:00:00Z"),
        _sale("2025-02-08T10:00:00Z", "2025-03-08T10:00:00Z"),
        _notice("Cancellation", "2025-03-01T12:00:00Z", expirationDate="2025-03-08T10:00:00Z"),
        _notice("Resubscribe", "2025-03-02T12:00:00Z", price=0.0, total=0.0, tax=0.0, currency="eur"),
        _notice("GraceInitiated", "2025-03-08T10:00:00Z", expirationDate="2025-03-08T10:00:00Z"),
        _notice("OnHoldInitiated", "2025-03-15T10:00:00Z", expirationDate="2025-03-08T10:00:00Z"),
        _notice("OnHoldRecovered", "2025-03-18T10:00:00Z", expirationDate="2025-04-18T10:00:00Z"),
        _sale("2025-04-18T10:00:00Z", "2025-05-18T10:00:00Z"),
        _notice("Cancellation", "2025-05-01T12:00:00Z", expirationDate="2025-05-18T10:00:00Z"),
    ]
