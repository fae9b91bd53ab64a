"""Google Play's notifications, purchases and orders as its API reference shows them, one token a case."""

from __future__ import annotations

from typing import Any

from tests.sources.stories.google import money, push

Payload = dict[str, Any]
BOUGHT, DUE = "2025-03-05T10:00:00", "2025-04-05T10:00:00"
AT = 1_741_168_800_000  # 5 March 2025, 10:00
MONTH = 2_678_400_000


def notice(name: str, number: int, at: int = AT) -> Payload:
    """A real-time developer notification about a token."""
    about = {"version": "1.0", "notificationType": number, "purchaseToken": name, "subscriptionId": "gold"}
    content = {"version": "1.0", "packageName": "example.tv", "eventTimeMillis": str(at)}
    return push(content | {"subscriptionNotification": about}, f"{name}-{number}-{at}")


def voided(name: str) -> Payload:
    """A notification that a purchase was voided, with a full refund."""
    about = {"purchaseToken": name, "orderId": f"GPA.{name}", "productType": 1, "refundType": 1}
    content = {"version": "1.0", "packageName": "example.tv", "eventTimeMillis": str(AT + 86_400_000)}
    return push(content | {"voidedPurchaseNotification": about}, f"{name}-voided")


def item(product: str = "gold", price: int = 20, expires: str | None = DUE, **fields: Any) -> Payload:
    """A line item that renews by itself."""
    return {
        "productId": product,
        "latestSuccessfulOrderId": "GPA.1",
        "autoRenewingPlan": {
            "autoRenewEnabled": True,
            "recurringPrice": money(price, 0),
            "priceChangeDetails": None,
            "installmentDetails": None,
        },
        "offerDetails": {"basePlanId": f"{product}-monthly", "offerId": None, "offerTags": ["tag"]},
        "offerPhase": {"basePrice": {}},
        "signupPromotion": None,
    } | ({"expiryTime": f"{expires}Z"} if expires else {}) | fields  # fmt: skip


def bought(
    name: str, *items: Payload, fetched: str = "2025-03-05T10:00:10", order: Any = None, period: str | None = "P1M",
    **fields: Any,
) -> Payload:  # fmt: skip
    """A purchase in the wrapper, as purchases.subscriptionsv2 answers it."""
    resource: Payload = {
        "kind": "androidpublisher#subscriptionPurchaseV2",
        "regionCode": "DE",
        "startTime": f"{BOUGHT}Z",
        "subscriptionState": "SUBSCRIPTION_STATE_ACTIVE",
        "latestOrderId": "GPA.1",
        "acknowledgementState": "ACKNOWLEDGEMENT_STATE_ACKNOWLEDGED",
        "externalAccountIdentifiers": {"obfuscatedExternalAccountId": "c-1", "obfuscatedExternalProfileId": "p"},
        "subscribeWithGoogleInfo": None,
        "etag": "e",
        "lineItems": list(items) or [item()],
    }
    wrapper = {"purchaseToken": name, "fetchedAt": f"{fetched}Z", "subscription": resource | fields}
    return wrapper | ({"billingPeriod": period} if period else {}) | ({"order": order} if order else {})


def order(name: str, state: str = "PROCESSED", **fields: Any) -> Payload:
    """An order of 20.00 with 3.19 of tax in it."""
    details = {
        "basePlanId": "gold-monthly", "offerId": None, "offerPhase": "BASE",
        "servicePeriodStartTime": f"{BOUGHT}Z", "servicePeriodEndTime": f"{DUE}Z",
    }  # fmt: skip
    return {
        "orderId": f"GPA.{name}", "purchaseToken": name, "state": state, "createTime": f"{BOUGHT}Z",
        "lastEventTime": f"{BOUGHT}Z", "buyerAddress": {"buyerCountry": "DE", "buyerPostcode": "1"},
        "total": money(20, 0), "tax": money(3, 190_000_000), "developerRevenueInBuyerCurrency": money(14, 0),
        "orderDetails": {"taxInclusive": True}, "orderHistory": {"processedEvent": {"eventTime": f"{BOUGHT}Z"}},
        "lineItems": [{"productId": "gold", "productTitle": "Gold", "listingPrice": money(20, 0), "total": money(20, 0),
                       "tax": money(3, 190_000_000), "subscriptionDetails": details}],
    } | fields  # fmt: skip


def _event(name: str, number: int) -> list[Payload]:
    """A purchase that is known, and a notification about it."""
    return [bought(name), notice(name, number)]


def _refund(seconds: int, **fields: Any) -> Payload:
    return {"eventTime": f"2025-03-10T10:00:{seconds:02}Z", "refundDetails": {"total": money(20, 0)}} | fields


_TRIAL = item(expires="2025-03-12T10:00:00", offerPhase={"freeTrial": {}})
_PREPAID = item(prepaidPlan={"allowExtendAfterTime": f"{BOUGHT}Z"}, autoRenewingPlan=None)
_LEAVING = item(deferredItemReplacement={"productId": "silver"})
_INTRO = order("introductory", total=money(5, 0))
_INTRO["lineItems"][0]["subscriptionDetails"]["offerPhase"] = "INTRODUCTORY"
_PARTIAL = [{"createTime": f"{BOUGHT}Z", "processTime": "2025-03-10T10:00:00Z", "state": "PROCESSED_SUCCESSFULLY",
             "refundDetails": {"total": money(5, 0), "tax": money(0, 0)}}]  # fmt: skip
CASES: dict[str, list[Payload]] = {
    "purchase": [notice("purchase", 4), bought("purchase")],
    "purchase_year": [notice("purchase_year", 4), bought("purchase_year", item(), period="P1Y")],
    "by_period": [notice("by_period", 4), bought("by_period", period=None)],
    "no_period": [notice("no_period", 4), bought("no_period", item(expires="2025-03-22T10:00:00"), period=None)],
    "waiting": [notice("waiting", 4)],
    "trial": [notice("trial", 4), bought("trial", _TRIAL)],
    "conversion": [
        notice("conversion", 4), bought("conversion", _TRIAL),
        notice("conversion", 2, AT + 7 * 86_400_000),
        bought("conversion", item(expires="2025-04-12T10:00:00"), fetched="2025-03-12T10:00:10", latestOrderId="G..0"),
    ],
    "introductory": [notice("introductory", 4), bought("introductory", order=_INTRO)],
    "add_on": [notice("add_on", 4), bought("add_on", item(), item("sports", 5))],
    "add_on_leaves": [
        notice("add_on_leaves", 4), bought("add_on_leaves", item(), item("sports", 5, deferredItemRemoval={})),
        notice("add_on_leaves", 2, AT + MONTH),
    ],
    "deferred": [
        notice("deferred", 4), bought("deferred", item("silver", 10, None), _LEAVING, linkedPurchaseToken="before"),
        notice("deferred", 2, AT + MONTH),
    ],
    "replacement": [notice("replacement", 4), bought("replacement", linkedPurchaseToken="earlier")],
    "prepaid": [notice("prepaid", 4), bought("prepaid", _PREPAID, order=order("prepaid"))],
    "pending": [
        notice("pending", 4), bought("pending", item(expires=None), subscriptionState="SUBSCRIPTION_STATE_PENDING"),
    ],
    "pending_canceled": [notice("pending_canceled", 20)],
    "renewed": _event("renewed", 2),
    "recovered": _event("recovered", 1),
    "canceled": _event("canceled", 3),
    "installments": _event("installments", 18),
    "restarted": _event("restarted", 7),
    "grace": _event("grace", 6),
    "hold": _event("hold", 5),
    "paused": _event("paused", 10),
    "pause_schedule": _event("pause_schedule", 11),
    "deferred_billing": _event("deferred_billing", 9),
    "revoked": _event("revoked", 12),
    "expired": _event("expired", 13),
    "items_changed": _event("items_changed", 17),
    "price_change": _event("price_change", 19),
    "step_up": _event("step_up", 22),
    "developer": [
        bought("developer", subscriptionState="SUBSCRIPTION_STATE_EXPIRED", fetched="2025-04-06T10:00:00",
               canceledStateContext={"developerInitiatedCancellation": {}}),
    ],
    "paid": [order("paid")],
    "order_pending": [order("order_pending", "PENDING")],
    "refunded": [order("refunded", "REFUNDED", orderHistory={
        "processedEvent": {"eventTime": f"{BOUGHT}Z"}, "refundEvent": _refund(1, refundReason="OTHER")})],
    "refunded_part": [order("refunded_part", "PARTIALLY_REFUNDED", orderHistory={
        "processedEvent": {"eventTime": f"{BOUGHT}Z"}, "partialRefundEvents": _PARTIAL})],
    "voided": [order("voided"), voided("voided")],
    "chargeback": [order("chargeback", "REFUNDED", orderHistory={
        "processedEvent": {"eventTime": f"{BOUGHT}Z"}, "refundEvent": _refund(2, refundReason="CHARGEBACK")})],
    "tester": [bought("tester", testPurchase={})],
    "unknown": [notice("unknown", 99)],
}  # fmt: skip
