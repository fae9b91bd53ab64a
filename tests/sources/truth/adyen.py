"""Adyen's standard webhooks as its documentation shows them, one payment a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]


def item(name: str, code: str, *, hour: int = 10, part: str = "", success: Any = "true", **fields: Any) -> Payload:
    """An item about the payment of its case; ``part`` tells modifications of it apart."""
    reference = f"{name}{part}"
    more = {
        "hmacSignature": "x", "recurring.shopperReference": "c-1", "shopperReference": "c-1", "shopperCountry": "DE",
        "shopperEmail": "a@example.com", "recurringProcessingModel": "Subscription", "cardSummary": "1111",
        "expiryDate": "3/2030", "refusalReasonRaw": "raw", "retry.orderAttemptNumber": "1", "alias": "a",
        "authCode": "1", "cardBin": "411",
        "metadata.offer_id": "basic", "issuerCountry": "DE", "avsResult": "0",
    }  # fmt: skip
    return {
        "additionalData": more, "amount": {"currency": "EUR", "value": 1000}, "eventCode": code, "success": success,
        "eventDate": f"2025-03-05T{hour}:00:00+01:00", "merchantAccountCode": "House",
        "operations": ["CAPTURE", "REFUND"],
        "merchantReference": f"subscription:{name}:1", "paymentMethod": "visa", "pspReference": reference, "reason": "",
    } | ({"originalReference": name} if part else {}) | fields  # fmt: skip


def told(*items: Payload, live: Any = "true") -> Payload:
    """A webhook with its items."""
    return {"live": live, "notificationItems": [{"NotificationRequestItem": one} for one in items]}


def _paid(name: str, *more: Payload) -> list[Payload]:
    return [told(item(name, "AUTHORISATION")), *(told(one) for one in more)]


def _after(name: str, code: str, **fields: Any) -> list[Payload]:
    """A payment, and a modification of it."""
    return _paid(name, item(name, code, hour=12, part="-m", **fields))


_YEN = {"amount": {"currency": "JPY", "value": 1200}}
CASES: dict[str, list[Payload]] = {
    "paid": _paid("paid"),
    "refused": [told(item("refused", "AUTHORISATION", success="false", reason="Refused"))],
    "paid_boolean": [told(item("paid_boolean", "AUTHORISATION", success=True))],
    "paid_yen": [told(item("paid_yen", "AUTHORISATION", **_YEN))],
    "paid_dinar": [told(item("paid_dinar", "AUTHORISATION", amount={"currency": "KWD", "value": 4500}))],
    "checked": [told(item("checked", "AUTHORISATION", amount={"currency": "EUR", "value": 0}))],
    "two_items": [told(item("two_items", "AUTHORISATION"), item("two_items", "CAPTURE", hour=11, part="-c"))],
    "captured": _after("captured", "CAPTURE"),
    "captured_in_part": _after("captured_in_part", "CAPTURE", amount={"currency": "EUR", "value": 600}),
    "captured_in_parts": _paid(
        "captured_in_parts",
        item("captured_in_parts", "CAPTURE", hour=12, part="-1", amount={"currency": "EUR", "value": 600}),
        item("captured_in_parts", "CAPTURE", hour=13, part="-2", amount={"currency": "EUR", "value": 300}),
    ),
    "captured_more": _paid(
        "captured_more",
        item(
            "captured_more", "AUTHORISATION_ADJUSTMENT", hour=12, part="-a", amount={"currency": "EUR", "value": 1500}
        ),
        item("captured_more", "CAPTURE", hour=13, part="-c", amount={"currency": "EUR", "value": 1500}),
    ),
    "capture_failed": _after("capture_failed", "CAPTURE_FAILED"),
    "capture_again": _paid(
        "capture_again",
        item("capture_again", "CAPTURE", hour=11, part="-m"),
        item("capture_again", "CAPTURE_FAILED", hour=12, part="-m"),
        item("capture_again", "CAPTURE", hour=13, part="-m"),
    ),
    "cancelled": _after("cancelled", "CANCELLATION"),
    "cancel_refused": _after("cancel_refused", "CANCELLATION", success="false"),
    "cancelled_or_refunded": _after("cancelled_or_refunded", "CANCEL_OR_REFUND"),
    "technical": _after("technical", "TECHNICAL_CANCEL"),
    "expired": _after("expired", "EXPIRE"),
    "refund": _after("refund", "REFUND", amount={"currency": "EUR", "value": 400}),
    "refund_refused": _after("refund_refused", "REFUND", success="false"),
    "refund_failed": _paid(
        "refund_failed",
        item("refund_failed", "REFUND", hour=11, part="-r"),
        item("refund_failed", "REFUND_FAILED", hour=12, part="-r"),
    ),
    "refund_reversed": _paid(
        "refund_reversed",
        item("refund_reversed", "REFUND", hour=11, part="-r"),
        item("refund_reversed", "REFUNDED_REVERSED", hour=12, part="-r"),
    ),
    "chargeback": _after("chargeback", "CHARGEBACK"),
    "chargeback_undone": _paid(
        "chargeback_undone",
        item("chargeback_undone", "CHARGEBACK", hour=11, part="-d"),
        item("chargeback_undone", "CHARGEBACK_REVERSED", hour=12, part="-d"),
        item("chargeback_undone", "SECOND_CHARGEBACK", hour=13, part="-d"),
    ),
    "dispute_notice": _after("dispute_notice", "NOTIFICATION_OF_CHARGEBACK"),
    "report": [told(item("report", "REPORT_AVAILABLE", reason="https://example.com/report.csv"))],
    "recurring": [told(item("recurring", "RECURRING_CONTRACT"))],
    "test": [told(item("test", "AUTHORISATION"), live="false")],
    "test_boolean": [told(item("test_boolean", "AUTHORISATION"), live=False)],
    "unknown": [told(item("unknown", "PURPLE"))],
    "no_amount": [told(item("no_amount", "AUTHORISATION", amount=None))],
}
