"""Amazon Appstore's notifications, receipts and sales rows as its documentation shows them, one receipt a case."""

from __future__ import annotations

import json
from typing import Any

Payload = dict[str, Any]
AT, HOUR, DAY = 1_741_168_800_000, 3_600_000, 86_400_000  # 5 March 2025, 10:00


def notice(name: str, kind: str, at: int = AT, *, related: Payload | None = None, **fields: Any) -> Payload:
    """A notification in its envelope, with every field of both."""
    message = {
        "receiptId": name, "relatedReceipts": related or {}, "appUserId": f"user-{name}", "notificationType": kind,
        "appPackageName": "com.example.tv", "timestamp": at, "betaProductTransaction": False,
    }  # fmt: skip
    return {
        "Type": "Notification", "MessageId": f"{name}-{kind}-{at}", "TopicArn": "arn:aws:sns:us-east-1:1:topic",
        "Message": json.dumps(message | fields), "Timestamp": "2025-03-05T10:00:00.000Z", "SignatureVersion": "1",
        "Signature": "x", "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    }  # fmt: skip


def sale(name: str, day: str = "2025-03-05", kind: str = "Charge", **fields: Any) -> Payload:
    """A row of the sales report."""
    return {
        "Marketplace": "Amazon.de", "Country/Region Code": "DE", "Transaction Time": f"{day} 10:00:05 UTC",
        "Transaction ID": f"{name}-{day}-{kind}", "Transaction Type": kind, "Adjustment": "", "ASIN": "B0",
        "Vendor SKU": "m",
        "Title": "Monthly", "Item Name": "Monthly", "Item Type": "Subscription", "In-App Subscription Term": "Monthly",
        "In-App Subscription Status (Trial / Paid)": "Paid", "Units": "1", "Usage Time for Underground Apps": "",
        "Marketplace Currency": "EUR", "Sales Price (Marketplace Currency)": "9.99", "Receipt ID": name,
        "Estimated Earnings (Marketplace Currency)": "6.99", "Digital Order ID": "D01",
    } | fields  # fmt: skip


def receipt(name: str, **fields: Any) -> Payload:
    """What the Receipt Verification Service answers, in the wrapper."""
    answer = {
        "productId": "m", "parentProductId": None, "productType": "SUBSCRIPTION", "purchaseDate": AT, "term": "1 Month",
        "termSku": "m-term", "renewalDate": AT + 31 * DAY, "freeTrialEndDate": None, "gracePeriodEndDate": None,
        "cancelDate": None, "cancelReason": None, "quantity": None, "testTransaction": False, "betaProduct": False,
        "autoRenewing": True, "deferredDate": None, "deferredSku": None, "fulfillmentDate": AT,
        "fulfillmentResult": None,
        "purchaseMetadataMap": None,
    }  # fmt: skip
    head = {"receiptId": name, "fetchedAt": "2025-03-05T10:05:00Z", "userId": f"user-{name}", "customerId": "c-1"}
    return head | {"receipt": answer | fields}


def _sold(name: str, kind: str, at: int = AT, **fields: Any) -> list[Payload]:
    return [sale(name), notice(name, f"SUBSCRIPTION_{kind}", at, **fields)]


_BETA = {"betaProductTransaction": True}
_TRIAL_ROW = {"In-App Subscription Status (Trial / Paid)": "Trial", "Sales Price (Marketplace Currency)": "0.00"}
_MAY = AT + 61 * DAY


def _then(name: str, *steps: tuple[str, int]) -> list[Payload]:
    """A purchase that was sold, and notifications some days after it."""
    return [*_sold(name, "PURCHASED"), *(notice(name, f"SUBSCRIPTION_{kind}", AT + day * DAY) for kind, day in steps)]


def _term(name: str, term: str) -> list[Payload]:
    return [sale(name, **{"In-App Subscription Term": term}), notice(name, "SUBSCRIPTION_PURCHASED")]


CASES: dict[str, list[Payload]] = {
    "purchase": _sold("purchase", "PURCHASED"),
    "purchase_year": [
        sale("purchase_year", **{"In-App Subscription Term": "Annual"}),
        notice("purchase_year", "SUBSCRIPTION_PURCHASED"),
    ],
    "purchase_quarter": [
        sale("purchase_quarter", **{"In-App Subscription Term": "Quarterly"}),
        notice("purchase_quarter", "SUBSCRIPTION_PURCHASED"),
    ],
    "purchase_half": [
        sale("purchase_half", **{"In-App Subscription Term": "Semi-annual"}),
        notice("purchase_half", "SUBSCRIPTION_PURCHASED"),
    ],
    "purchase_two_weeks": [
        sale("purchase_two_weeks", **{"In-App Subscription Term": "Bi-weekly"}),
        notice("purchase_two_weeks", "SUBSCRIPTION_PURCHASED"),
    ],
    "trial_left": [
        receipt("trial_left", freeTrialEndDate=AT + 7 * DAY), sale("trial_left", **_TRIAL_ROW),
        notice("trial_left", "SUBSCRIPTION_PURCHASED"), notice("trial_left", "SUBSCRIPTION_EXPIRED", AT + 7 * DAY),
    ],
    "unsold": [notice("unsold", "SUBSCRIPTION_PURCHASED")],
    "renewed": _sold("renewed", "RENEWED"),
    "trial": [
        receipt("trial", freeTrialEndDate=AT + 7 * DAY), sale("trial", **_TRIAL_ROW),
        sale("trial", "2025-03-12"), notice("trial", "SUBSCRIPTION_PURCHASED"),
        notice("trial", "SUBSCRIPTION_CONVERTED_FREE_TRIAL_TO_PAID", AT + 7 * DAY),
    ],
    "off": _sold("off", "AUTO_RENEWAL_OFF"),
    "on": _sold("on", "AUTO_RENEWAL_ON"),
    "scheduled": _sold("scheduled", "SCHEDULED_TO_END"),
    "grace": _sold("grace", "IN_GRACE_PERIOD"),
    "out_of_grace": _sold("out_of_grace", "OUT_OF_GRACE_PERIOD"),
    "expired": _sold("expired", "EXPIRED"),
    "cancelled": _sold("cancelled", "CANCELLED"),
    "modified": _sold("modified", "MODIFIED_IMMEDIATE", related={"cancelledReceiptId": "before"}),
    "deferred": _sold("deferred", "MODIFIED_DEFERRED"),
    "refund": [
        sale("refund"), sale("refund", "2025-03-10", "Refund", **{"Sales Price (Marketplace Currency)": "-9.99"}),
    ],
    "chargeback": [sale("chargeback", "2025-03-10", "Chargeback")],
    "chargeback_undone": [sale("chargeback_undone", "2025-03-11", "Chargeback reversal")],
    "bought_once": [sale("bought_once", **{"In-App Subscription Term": "", "Item Type": "Consumable"})],
    "consumable": [notice("consumable", "CONSUMABLE_PURCHASED")],
    "entitlement": [notice("entitlement", "ENTITLEMENT_CANCELLED")],
    "beta": [notice("beta", "SUBSCRIPTION_PURCHASED", **_BETA)],
    "tester": [receipt("tester", testTransaction=True)],
    "confirmation": [{
        "Type": "SubscriptionConfirmation", "MessageId": "m", "Token": "t", "TopicArn": "arn",
        "Message": "You have chosen",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/", "Timestamp": "2025-03-05T10:00:00.000Z",
        "SignatureVersion": "1", "Signature": "x", "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem",
    }],
    "unknown": [notice("unknown", "SUBSCRIPTION_PURPLE")],
    "no_user": [notice("no_user", "SUBSCRIPTION_EXPIRED", appUserId=None)],
    "purchase_week": _term("purchase_week", "Weekly"),
    "purchase_two_months": _term("purchase_two_months", "Bi-monthly"),
    "told_twice": _sold("told_twice", "PURCHASED") * 2,
    "told_late": [
        notice("told_late", "SUBSCRIPTION_RENEWED", AT + 31 * DAY), notice("told_late", "SUBSCRIPTION_PURCHASED"),
        sale("told_late", "2025-04-05"), sale("told_late"),
    ],
    "yen": [
        sale("yen", **{"Marketplace Currency": "JPY", "Sales Price (Marketplace Currency)": "1200"}),
        notice("yen", "SUBSCRIPTION_PURCHASED"),
    ],
    "price_risen": [
        *_sold("price_risen", "PURCHASED"),
        sale("price_risen", "2025-04-05", **{"Sales Price (Marketplace Currency)": "12.99"}),
        notice("price_risen", "SUBSCRIPTION_RENEWED", AT + 31 * DAY),
    ],
    "renewed_twice": [
        *_then("renewed_twice", ("RENEWED", 31), ("RENEWED", 61)), sale("renewed_twice", "2025-04-05"),
        sale("renewed_twice", "2025-05-05"),
    ],
    "trial_paid_on": [
        receipt("trial_paid_on", freeTrialEndDate=AT + 7 * DAY), notice("trial_paid_on", "SUBSCRIPTION_PURCHASED"),
        notice("trial_paid_on", "SUBSCRIPTION_CONVERTED_FREE_TRIAL_TO_PAID", AT + 7 * DAY),
        sale("trial_paid_on", "2025-03-12"), notice("trial_paid_on", "SUBSCRIPTION_RENEWED", AT + 38 * DAY),
        sale("trial_paid_on", "2025-04-12"),
    ],
    "left": _then("left", ("AUTO_RENEWAL_OFF", 10), ("EXPIRED", 31)),
    "stays": _then("stays", ("AUTO_RENEWAL_OFF", 10), ("AUTO_RENEWAL_ON", 12)),
    "not_paid": _then("not_paid", ("IN_GRACE_PERIOD", 31), ("OUT_OF_GRACE_PERIOD", 46), ("EXPIRED", 46)),
    "paid_in_grace": [
        *_then("paid_in_grace", ("IN_GRACE_PERIOD", 31), ("OUT_OF_GRACE_PERIOD", 33), ("RENEWED", 33)),
        sale("paid_in_grace", "2025-04-07"),
    ],
    "back_later": [
        *_then("back_later", ("AUTO_RENEWAL_OFF", 10), ("EXPIRED", 31)), sale("back_later-2", "2025-06-05"),
        notice("back_later-2", "SUBSCRIPTION_PURCHASED", AT + 92 * DAY),
    ],
    "refund_negative": [
        sale("refund_negative"),
        sale("refund_negative", "2025-03-10", "Refund", **{"Sales Price (Marketplace Currency)": "-9.99"}),
    ],
    "refund_told_twice": [
        sale("refund_told_twice"), sale("refund_told_twice", "2025-03-10", "Refund"),
        sale("refund_told_twice", "2025-03-10", "Refund"),
    ],
    "refund_and_end": [*_then("refund_and_end", ("CANCELLED", 5)), sale("refund_and_end", "2025-03-10", "Refund")],
    "chargeback_flow": [
        sale("chargeback_flow"), sale("chargeback_flow", "2025-03-10", "Chargeback"),
        sale("chargeback_flow", "2025-03-20", "Chargeback reversal"),
    ],
    "nothing_told": [
        sale("nothing_told", **{"Country/Region Code": "", "Digital Order ID": "", "ASIN": "", "Item Name": ""}),
        notice("nothing_told", "SUBSCRIPTION_PURCHASED"),
    ],
}  # fmt: skip
