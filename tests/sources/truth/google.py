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
_WEEK, _MAY, _DAY = "2025-03-12T10:00:00", "2025-05-05T10:00:00", 86_400_000
_ENDED: Payload = {"subscriptionState": "SUBSCRIPTION_STATE_EXPIRED"}
_BY_USER = {"canceledStateContext": {"userInitiatedCancellation": {"cancelTime": f"{BOUGHT}Z",
            "cancelSurveyResult": {"reason": "CANCEL_SURVEY_REASON_COST_RELATED"}}}}  # fmt: skip
_BY_GOOGLE: Payload = {"canceledStateContext": {"systemInitiatedCancellation": {}}}


def _priced(units: int, nanos: int, currency: str, **fields: Any) -> Payload:
    plan = item()["autoRenewingPlan"] | {"recurringPrice": money(units, nanos, currency)}
    return item(autoRenewingPlan=plan, **fields)


def _later(name: str, *items: Payload, fetched: str = "2025-04-05T10:00:10", **fields: Any) -> Payload:
    """The purchase as it is after its renewal."""
    return bought(name, *(items or (item(expires=_MAY),)), fetched=fetched, latestOrderId="GPA.1..0", **fields)


def _bought(name: str, *following: Payload, **fields: Any) -> list[Payload]:
    return [notice(name, 4), bought(name, **fields), *following]


def _prorated(name: str, original: str) -> list[Payload]:
    phase = {"prorationPeriod": {"originalOfferPhaseType": original}}
    return [notice(name, 4), bought(name, item(expires="2025-03-22T10:00:00", offerPhase=phase),
                                    linkedPurchaseToken=f"{name}-before")]  # fmt: skip


def _rental(name: str) -> Payload:
    line = {"productId": "film", "productTitle": "Film", "listingPrice": money(4, 0), "total": money(12, 0),
            "tax": money(0, 0), "oneTimePurchaseDetails": {"quantity": 3, "offerId": "o", "purchaseOptionId": "p",
                                                           "rentalDetails": {}, "preorderDetails": None}}  # fmt: skip
    return order(name, total=money(12, 0), tax=money(0, 0), lineItems=[line])


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
    "yen": [notice("yen", 4), bought("yen", _priced(1200, 0, "JPY"))],
    "dinar": [notice("dinar", 4), bought("dinar", _priced(3, 500_000_000, "KWD"))],
    "purchase_weeks": [notice("purchase_weeks", 4), bought("purchase_weeks", item(), period="P4W")],
    "purchase_quarter": [notice("purchase_quarter", 4), bought("purchase_quarter", item(), period="P3M")],
    "told_twice": [*_bought("told_twice"), notice("told_twice", 4), bought("told_twice")],
    "told_late": [notice("told_late", 2, AT + MONTH), _later("told_late"), *_bought("told_late")],
    "price_risen": _bought(
        "price_risen", notice("price_risen", 2, AT + MONTH), _later("price_risen", item(price=25, expires=_MAY))
    ),
    "currency_changed": _bought(
        "currency_changed", notice("currency_changed", 2, AT + MONTH),
        _later("currency_changed", _priced(90, 0, "SEK", expires=_MAY)),
    ),
    "nobody_named": _bought("nobody_named", externalAccountIdentifiers=None, regionCode=None, etag=None),
    "promotion_code": [
        notice("promotion_code", 4),
        bought("promotion_code", item(signupPromotion={"vanityCode": {"promotionCode": "SPRING"}})),
    ],
    "introductory_over": [
        notice("introductory_over", 4), bought("introductory_over", order=_INTRO | {"orderId": "GPA.introductory_over",
                                               "purchaseToken": "introductory_over"}),
        notice("introductory_over", 2, AT + MONTH), _later("introductory_over"),
    ],
    "trial_declined": [
        notice("trial_declined", 4), bought("trial_declined", _TRIAL), notice("trial_declined", 5, AT + 7 * _DAY),
        bought("trial_declined", _TRIAL, fetched="2025-03-12T10:00:10",
               subscriptionState="SUBSCRIPTION_STATE_ON_HOLD"),
        notice("trial_declined", 13, AT + 37 * _DAY),
        bought("trial_declined", _TRIAL, fetched="2025-04-11T10:00:10", **_ENDED, **_BY_GOOGLE),
    ],
    "trial_left": [
        notice("trial_left", 4), bought("trial_left", _TRIAL), notice("trial_left", 3, AT + _DAY),
        notice("trial_left", 13, AT + 7 * _DAY),
        bought("trial_left", _TRIAL, fetched="2025-03-12T10:00:10", **_ENDED, **_BY_USER),
    ],
    "prorated": _prorated("prorated", "BASE"),
    "prorated_trial": _prorated("prorated_trial", "FREE_TRIAL"),
    "left": _bought(
        "left", notice("left", 3, AT + _DAY), notice("left", 13, AT + MONTH),
        bought("left", fetched="2025-04-05T10:00:10", **_ENDED, **_BY_USER),
    ),
    "unpaid": _bought(
        "unpaid", notice("unpaid", 6, AT + MONTH), notice("unpaid", 5, AT + MONTH + 3 * _DAY),
        notice("unpaid", 13, AT + 2 * MONTH),
        bought("unpaid", fetched="2025-05-06T10:00:10", **_ENDED, **_BY_GOOGLE),
    ),
    "paid_in_grace": _bought(
        "paid_in_grace", notice("paid_in_grace", 6, AT + MONTH), notice("paid_in_grace", 2, AT + MONTH + 2 * _DAY),
        _later("paid_in_grace", fetched="2025-04-07T10:00:10"),
    ),
    "paid_on_hold": _bought(
        "paid_on_hold", notice("paid_on_hold", 5, AT + MONTH), notice("paid_on_hold", 1, AT + MONTH + 5 * _DAY),
        _later("paid_on_hold", item(expires="2025-05-10T10:00:00"), fetched="2025-04-10T10:00:10"),
    ),
    "pause_over": _bought(
        "pause_over", notice("pause_over", 11, AT + _DAY), notice("pause_over", 10, AT + MONTH),
        notice("pause_over", 1, AT + 2 * MONTH), _later("pause_over", item(expires="2025-06-05T10:00:00"),
                                                        fetched="2025-05-06T10:00:10"),
    ),
    "switched": _bought(
        "switched", notice("switched-to", 4, AT + 10 * _DAY),
        bought("switched-to", item("platinum", 40, "2025-04-15T10:00:00"), fetched="2025-03-15T10:00:10",
               linkedPurchaseToken="switched", startTime="2025-03-15T10:00:00Z"),
        notice("switched", 13, AT + 10 * _DAY),
        bought("switched", fetched="2025-03-15T10:00:10", **_ENDED,
               canceledStateContext={"replacementCancellation": {}}),
    ),
    "pause_over_dearer": _bought(
        "pause_over_dearer", notice("pause_over_dearer", 10, AT + MONTH),
        notice("pause_over_dearer", 1, AT + 2 * MONTH),
        _later("pause_over_dearer", item(price=25, expires="2025-06-05T10:00:00"), fetched="2025-05-06T10:00:10"),
    ),
    "trial_deferred": [
        notice("trial_deferred", 4), bought("trial_deferred", _TRIAL), notice("trial_deferred", 9, AT + 5 * _DAY),
        bought("trial_deferred", item(expires="2025-03-19T10:00:00", offerPhase={"freeTrial": {}}),
               fetched="2025-03-10T10:00:10"),
    ],
    "revoked_by_developer": _bought(
        "revoked_by_developer", notice("revoked_by_developer", 12, AT + 5 * _DAY),
        bought("revoked_by_developer", item(expires="2025-03-10T10:00:05"), fetched="2025-03-10T10:00:10", **_ENDED,
               canceledStateContext={"developerInitiatedCancellation": {}}),
    ),
    "again": _bought(
        "again", notice("again", 13, AT + MONTH), bought("again", fetched="2025-04-05T10:00:10", **_ENDED, **_BY_USER),
        notice("again-2", 4, AT + 2 * MONTH),
        bought("again-2", item(expires="2025-06-06T10:00:00"), fetched="2025-05-06T10:00:10",
               startTime="2025-05-06T10:00:00Z", outOfAppPurchaseContext={"expiredPurchaseToken": "again"}),
    ),
    "revoked_and_refunded": _bought(
        "revoked_and_refunded", notice("revoked_and_refunded", 12, AT + 5 * _DAY),
        order("revoked_and_refunded", "REFUNDED", orderHistory={
            "processedEvent": {"eventTime": f"{BOUGHT}Z"}, "refundEvent": _refund(3, refundReason="REMORSE")}),
    ),
    "pending_then_paid": [
        notice("pending_then_paid", 4),
        bought("pending_then_paid", item(expires=None), fetched="2025-03-05T10:00:05",
               subscriptionState="SUBSCRIPTION_STATE_PENDING"),
        notice("pending_then_paid", 4, AT + 20_000), bought("pending_then_paid", fetched="2025-03-05T10:00:30"),
    ],
    "prepaid_again": [
        notice("prepaid_again", 4), bought("prepaid_again", _PREPAID, order=order("prepaid_again")),
        notice("prepaid_again-2", 4, AT + MONTH),
        bought("prepaid_again-2", _PREPAID, order=order("prepaid_again-2", createTime=f"{DUE}Z",
               orderHistory={"processedEvent": {"eventTime": f"{DUE}Z"}}), fetched="2025-04-05T10:00:10",
               linkedPurchaseToken="prepaid_again"),
    ],
    "price_confirmed": _event("price_confirmed", 8),
    "test": [push({"version": "1.0", "packageName": "example.tv", "eventTimeMillis": str(AT),
                   "testNotification": {"version": "1.0"}}, "test")],
    "rental": [_rental("rental")],
    "order_canceled": [order("order_canceled", "CANCELED", orderHistory={
        "cancellationEvent": {"eventTime": f"{BOUGHT}Z"}})],
    "order_of_yen": [order("order_of_yen", total=money(1200, 0, "JPY"), tax=money(109, 0, "JPY"))],
    "order_refund_pending": [order("order_refund_pending", "PENDING_REFUND")],
    "order_told_twice": [order("order_told_twice"), order("order_told_twice", "REFUNDED", orderHistory={
        "processedEvent": {"eventTime": f"{BOUGHT}Z"}, "refundEvent": _refund(4, refundReason="OTHER")})],
    "refunded_parts": [order("refunded_parts", "PARTIALLY_REFUNDED", orderHistory={
        "processedEvent": {"eventTime": f"{BOUGHT}Z"}, "partialRefundEvents": [
            *_PARTIAL, _PARTIAL[0] | {"createTime": "2025-03-11T10:00:00Z", "processTime": "2025-03-12T10:00:00Z"},
            _PARTIAL[0] | {"createTime": "2025-03-13T10:00:00Z", "processTime": None, "state": "PENDING"}]})],
}  # fmt: skip
