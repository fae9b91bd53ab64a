"""Roku Pay's push notifications as its documentation shows them, one subscription a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]
AT, DUE, LATER = "2025-03-05T10:00:00.0000000Z", "2025-04-05T10:00:00Z", "2025-03-20T10:00:00Z"
FIRST, RECURRING = "New order processed.", "Recurring subscription processed"


def push(name: str, kind: str, at: str = AT, expires: str = DUE, **fields: Any) -> Payload:
    """A notification of 9.99 and 1.00 of tax with every field."""
    return {
        "customerId": f"roku-{name}",
        "transactionType": kind,
        "transactionId": f"{name}-{kind}-{at[:10]}",
        "channelId": "1",
        "channelName": "Stream",
        "productCode": "monthly",
        "productName": "Monthly",
        "price": 9.99,
        "tax": 1.0,
        "total": 10.99,
        "currency": "usd",
        "isFreeTrial": False,
        "expirationDate": expires,
        "originalTransactionId": name,
        "originalPurchaseDate": AT,
        "eventDate": at,
        "comments": FIRST if kind == "Sale" else "",
        "creditsApplied": 0.0,
        "partnerReferenceId": "c-1" if "Sale" in kind else "",
        "purchaseChannel": "DEVICE",
        "purchaseContext": "IAP",
        "responseKey": "k",
    } | fields


def _state(name: str, kind: str, at: str = DUE, expires: str = DUE) -> Payload:
    return push(name, kind, at, expires, price=0.0, tax=0.0, total=0.0)


_FREE: Payload = {"isFreeTrial": True, "price": 0.0, "tax": 0.0, "total": 0.0}
_NEXT = "2025-05-05T10:00:00Z"
_WEEK, _MAY, _JUNE = "2025-03-12T10:00:00Z", "2025-05-05T10:00:00Z", "2025-06-05T10:00:00Z"


def _again(name: str, at: str = DUE, expires: str = _NEXT, **fields: Any) -> Payload:
    """A recurring sale."""
    return push(name, "Sale", at, expires, comments=RECURRING, **fields)


CASES: dict[str, list[Payload]] = {
    "start": [push("start", "Sale")],
    "start_year": [push("start_year", "Sale", expires="2026-03-05T10:00:00Z")],
    "start_web": [push("start_web", "Sale", purchaseChannel="WEB", purchaseContext="ISU")],
    "renewal": [push("renewal", "Sale"), push("renewal", "Sale", DUE, _NEXT, comments=RECURRING)],
    "renewal_alone": [push("renewal_alone", "Sale", comments=RECURRING)],
    "short_period": [
        push("short_period", "Sale"), push("short_period", "Sale", DUE, "2025-04-12T12:00:00Z", comments=RECURRING),
    ],
    "trial": [
        push("trial", "Sale", expires="2025-03-12T10:00:00Z", **_FREE),
        push("trial", "Sale", "2025-03-12T10:00:00Z", "2025-04-12T10:00:00Z", comments=RECURRING),
    ],
    "trial_alone": [push("trial_alone", "Sale", expires="2025-03-12T10:00:00Z", **_FREE)],
    "wish": [push("wish", "Sale"), _state("wish", "Cancellation", LATER)],
    "wish_undone": [
        push("wish_undone", "Sale"), _state("wish_undone", "Cancellation", LATER),
        _state("wish_undone", "Resubscribe", "2025-03-21T10:00:00Z"),
    ],
    "passive": [push("passive", "Sale"), _state("passive", "Cancellation", "2025-06-10T10:00:00Z")],
    "refunded": [
        push("refunded", "Sale"), push("refunded", "Refund", LATER, price=-9.99, tax=-1.0, total=-10.99),
        _state("refunded", "Cancellation", "2025-03-20T10:00:01Z", "2025-03-19T10:00:00Z"),
    ],
    "grace": [push("grace", "Sale"), _state("grace", "GraceInitiated")],
    "grace_recovered": [
        push("grace_recovered", "Sale"), _state("grace_recovered", "GraceInitiated"),
        push("grace_recovered", "GraceRecovered", "2025-04-06T10:00:00Z", _NEXT),
    ],
    "hold": [
        push("hold", "Sale"), _state("hold", "GraceInitiated"),
        _state("hold", "OnHoldInitiated", "2025-04-08T10:00:00Z"),
    ],
    "hold_recovered": [
        push("hold_recovered", "Sale"), _state("hold_recovered", "OnHoldInitiated", "2025-04-08T10:00:00Z"),
        push("hold_recovered", "OnHoldRecovered", "2025-04-20T10:00:00Z", "2025-05-20T10:00:00Z"),
    ],
    "grace_recovered_dearer": [
        push("grace_recovered_dearer", "Sale"), _state("grace_recovered_dearer", "GraceInitiated"),
        push("grace_recovered_dearer", "GraceRecovered", "2025-04-06T10:00:00Z", _NEXT, price=11.99, total=12.99),
    ],
    "trial_recovered": [
        push("trial_recovered", "Sale", expires="2025-03-12T10:00:00Z", **_FREE),
        _state("trial_recovered", "GraceInitiated", "2025-03-12T10:00:00Z", "2025-03-12T10:00:00Z"),
        push("trial_recovered", "GraceRecovered", "2025-03-14T10:00:00Z", "2025-04-12T10:00:00Z"),
    ],
    "upgrade_old": [push("upgrade_old", "Sale"), _state("upgrade_old", "UpgradeCancellation", LATER)],
    "upgrade_new": [push("upgrade_new", "UpgradeSale", LATER, "2025-04-20T10:00:00Z", price=14.99, total=15.99)],
    "downgrade_old": [push("downgrade_old", "Sale"), _state("downgrade_old", "DowngradeCancellation", LATER)],
    "downgrade_new": [
        push("downgrade_new", "DowngradeSale", LATER, DUE, price=0.0, tax=0.0, total=0.0),
        push("downgrade_new", "Sale", "2025-04-05T10:05:00Z", _NEXT, price=4.99, total=5.99, comments=RECURRING),
    ],
    "credit": [push("credit", "Credit", LATER)],
    "chargeback": [push("chargeback", "Chargeback", LATER)],
    "chargeback_undone": [push("chargeback_undone", "ChargebackReversed", LATER)],
    "chargeback_again": [push("chargeback_again", "SecondChargeback", LATER)],
    "single": [push("single", "Sale", expirationDate=None)],
    "unknown": [push("unknown", "Purple")],
    "no_date": [push("no_date", "Sale", eventDate="someday")],
    "told_twice": [push("told_twice", "Sale")] * 2,
    "told_late": [_again("told_late"), push("told_late", "Sale")],
    "weekly": [push("weekly", "Sale", expires=_WEEK)],
    "quarterly": [push("quarterly", "Sale", expires=_JUNE)],
    "half_year": [push("half_year", "Sale", expires="2025-09-05T10:00:00Z")],
    "short_month": [push("short_month", "Sale", "2025-01-31T10:00:00Z", "2025-02-28T10:00:00Z",
                         originalPurchaseDate="2025-01-31T10:00:00Z")],
    "summer_time": [push("summer_time", "Sale", expires="2025-04-05T09:00:00Z")],
    "pounds": [push("pounds", "Sale", currency="gbp", tax=0.0, total=9.99)],
    "nothing_told": [push("nothing_told", "Sale", partnerReferenceId=None, comments=FIRST, creditsApplied=None,
                          purchaseChannel=None, purchaseContext=None, channelName=None, productName=None)],
    "price_risen": [push("price_risen", "Sale"), _again("price_risen", price=12.99, total=13.99)],
    "cheaper_at_first": [push("cheaper_at_first", "Sale", price=4.99, total=5.99), _again("cheaper_at_first")],
    "renewed_twice": [
        push("renewed_twice", "Sale"), _again("renewed_twice"), _again("renewed_twice", _NEXT, _JUNE),
    ],
    "trial_left": [
        push("trial_left", "Sale", expires=_WEEK, **_FREE), _state("trial_left", "Cancellation", "2025-03-07T10:00:00Z",
                                                                   _WEEK),
    ],
    "trial_not_paid": [
        push("trial_not_paid", "Sale", expires=_WEEK, **_FREE),
        _state("trial_not_paid", "Cancellation", "2025-03-13T10:00:00Z", _WEEK),
    ],
    "grace_lost": [
        push("grace_lost", "Sale"), _state("grace_lost", "GraceInitiated"),
        _state("grace_lost", "Cancellation", "2025-04-10T10:00:00Z"),
    ],
    "hold_lost": [
        push("hold_lost", "Sale"), _state("hold_lost", "GraceInitiated"),
        _state("hold_lost", "OnHoldInitiated", "2025-04-08T10:00:00Z"),
        _state("hold_lost", "Cancellation", "2025-05-08T10:00:00Z"),
    ],
    "back_later": [
        push("back_later", "Sale"), _state("back_later", "Cancellation", LATER),
        push("back_later-2", "Sale", _JUNE, "2025-07-05T10:00:00Z", originalPurchaseDate=_JUNE),
    ],
    "refund_of_a_part": [
        push("refund_of_a_part", "Sale"), push("refund_of_a_part", "Refund", LATER, price=4.99, tax=0.5, total=5.49),
    ],
    "single_refunded": [
        push("single_refunded", "Sale", expires="", productCode="film"),
        push("single_refunded", "Refund", LATER, expires="", productCode="film"),
    ],
    "sale_for_nothing": [push("sale_for_nothing", "Sale", price=0.0, tax=0.0, total=0.0)],
}  # fmt: skip
