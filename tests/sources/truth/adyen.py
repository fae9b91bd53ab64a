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


def _of(value: int, currency: str = "EUR") -> Payload:
    return {"amount": {"currency": currency, "value": value}}


def _refunds(name: str, *steps: tuple[str, str, int]) -> list[Payload]:
    """A payment, and modifications of it by their code, part and amount, an hour apart."""
    return _paid(name, *(item(name, code, hour=11 + number, part=part, **_of(value))
                         for number, (code, part, value) in enumerate(steps)))  # fmt: skip


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
    **{
        f"paid_{code.lower()}": [told(item(f"paid_{code.lower()}", "AUTHORISATION", **_of(value, code)))]
        for code, value in (
            ("IDR", 50000),
            ("CLP", 999000),
            ("ISK", 150000),
            ("UGX", 5000),
            ("HUF", 299000),
            ("TND", 12000),
        )
    },
    "told_twice": _paid("told_twice") * 2,
    "told_late": _after("told_late", "REFUND")[::-1],
    "tried_again": [
        told(item("tried_again", "AUTHORISATION", success="false", reason="Insufficient funds")),
        told(item("tried_again", "AUTHORISATION", part="-2", hour=12, originalReference=None)),
    ],
    "nothing_told": [
        told(
            item(
                "nothing_told",
                "AUTHORISATION",
                additionalData={"shopperReference": "c-1"},
                operations=None,
                paymentMethod=None,
            )
        )
    ],
    "by_transfer": [told(item("by_transfer", "AUTHORISATION", paymentMethod="sepadirectdebit"))],
    "rest_expired": _refunds("rest_expired", ("CAPTURE", "-c", 600), ("EXPIRE", "-e", 1000)),
    "rest_cancelled": _refunds("rest_cancelled", ("CAPTURE", "-c", 600), ("CANCELLATION", "-x", 1000)),
    "captured_and_refunded": _refunds("captured_and_refunded", ("CAPTURE", "-c", 600), ("REFUND", "-r", 600)),
    "one_capture_failed": _refunds(
        "one_capture_failed", ("CAPTURE", "-1", 600), ("CAPTURE", "-2", 300), ("CAPTURE_FAILED", "-2", 300)
    ),
    "capture_refused": _after("capture_refused", "CAPTURE", success="false", reason="Insufficient balance"),
    "refund_parts": _refunds("refund_parts", ("REFUND", "-1", 400), ("REFUND", "-2", 600)),
    "refund_told_twice": [
        *_refunds("refund_told_twice", ("REFUND", "-1", 400)),
        *_refunds("refund_told_twice", ("REFUND", "-1", 400))[1:],
    ],
    "refund_one_failed": _refunds(
        "refund_one_failed", ("REFUND", "-1", 400), ("REFUND", "-2", 600), ("REFUND_FAILED", "-2", 600)
    ),
    "chargeback_part": _after("chargeback_part", "CHARGEBACK", **_of(600)),
    "chargeback_won": _refunds(
        "chargeback_won",
        ("NOTIFICATION_OF_CHARGEBACK", "-d", 1000),
        ("CHARGEBACK", "-d", 1000),
        ("CHARGEBACK_REVERSED", "-d", 1000),
        ("PREARBITRATION_WON", "-d", 1000),
    ),
    "chargeback_lost": _refunds(
        "chargeback_lost",
        ("CHARGEBACK", "-d", 1000),
        ("CHARGEBACK_REVERSED", "-d", 1000),
        ("PREARBITRATION_LOST", "-d", 1000),
        ("SECOND_CHARGEBACK", "-d", 1000),
    ),
    "information_asked": _after("information_asked", "REQUEST_FOR_INFORMATION"),
    "defence_over": _after("defence_over", "DISPUTE_DEFENSE_PERIOD_ENDED"),
    "pending": [told(item("pending", "PENDING"))],
    "offer_closed": [told(item("offer_closed", "OFFER_CLOSED", success="false"))],
    "order_closed": [told(item("order_closed", "ORDER_CLOSED"))],
    "reviewed": _after("reviewed", "MANUAL_REVIEW_ACCEPT"),
    "many_items": [
        told(
            item("many_items", "AUTHORISATION"),
            item("many_items", "REFUND", hour=11, part="-1", **_of(400)),
            item("many_items", "CHARGEBACK", hour=12, part="-2", **_of(600)),
        )
    ],
}
