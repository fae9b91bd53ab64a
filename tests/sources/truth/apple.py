"""App Store Server Notifications as Apple's reference shows them, one subscription a case."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

Payload = dict[str, Any]
BOUGHT, DUE = "2025-03-05T10:00:00", "2025-04-05T10:00:00"


def at(instant: str) -> int:
    """Epoch milliseconds."""
    return int(datetime.fromisoformat(instant).replace(tzinfo=UTC).timestamp() * 1000)


def token(content: Payload) -> str:
    """A signed token without a real signature."""
    parts = [{"alg": "ES256", "x5c": ["a", "b", "c"]}, content, {}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)


def transaction(name: str, **fields: Any) -> Payload:
    """A transaction with what Apple sends for every auto-renewable subscription."""
    return {
        "transactionId": f"t-{name}",
        "originalTransactionId": name,
        "webOrderLineItemId": "1",
        "bundleId": "example.tv",
        "productId": "premium.monthly",
        "subscriptionGroupIdentifier": "2",
        "purchaseDate": at(BOUGHT),
        "originalPurchaseDate": at(BOUGHT),
        "expiresDate": at(DUE),
        "quantity": 1,
        "type": "Auto-Renewable Subscription",
        "appAccountToken": "7D1B2C3E-0000-4000-8000-000000000007",
        "inAppOwnershipType": "PURCHASED",
        "signedDate": at(BOUGHT),
        "environment": "Production",
        "transactionReason": "PURCHASE",
        "storefront": "DEU",
        "storefrontId": "143443",
        "price": 9990,
        "currency": "EUR",
        "appTransactionId": "a",
        "isUpgraded": False,
    } | fields


def renewal(name: str, **fields: Any) -> Payload:
    """What Apple tells of the renewal to come."""
    return {
        "originalTransactionId": name,
        "autoRenewProductId": "premium.monthly",
        "productId": "premium.monthly",
        "autoRenewStatus": 1,
        "isInBillingRetryPeriod": False,
        "signedDate": at(BOUGHT),
        "environment": "Production",
        "recentSubscriptionStartDate": at(BOUGHT),
        "renewalDate": at(DUE),
        "renewalPrice": 9990,
        "currency": "EUR",
        "eligibleWinBackOfferIds": [],
        "appTransactionId": "a",
    } | fields


def told(name: str, kind: str, *, signed: str = BOUGHT, following: Payload | None = None, status: int = 1,
         data: Payload | None = None, **fields: Any) -> Payload:  # fmt: skip
    """A notification ``TYPE/SUBTYPE`` with its tokens."""
    notification_type, _, subtype = kind.partition("/")
    content: Payload = {
        "appAppleId": 1,
        "bundleId": "example.tv",
        "bundleVersion": "1",
        "environment": "Production",
        "status": status,
        "signedTransactionInfo": token(transaction(name, **fields)),
        "signedRenewalInfo": token(renewal(name, **(following or {}))),
    } | (data or {})
    body = {
        "notificationType": notification_type, "notificationUUID": f"{name}-{kind}-{signed}", "version": "2.0",
        "signedDate": at(signed) + 3000, "data": content,
    }  # fmt: skip
    return {"signedPayload": token(body | ({"subtype": subtype} if subtype else {}))}


def _one(name: str, kind: str, **fields: Any) -> list[Payload]:
    return [told(name, kind, **fields)]


_TRIAL: Payload = {
    "expiresDate": at("2025-03-12T10:00:00"), "price": 0, "offerType": 1, "offerDiscountType": "FREE_TRIAL",
    "offerPeriod": "P1W",
}  # fmt: skip
_UNTOLD: Payload = {"autoRenewStatus": 0, "renewalPrice": None, "currency": None}
_LEGACY_TRIAL: Payload = {"expiresDate": at("2025-03-12T10:00:00"), "price": 0, "offerType": 1}
_SINGLE: Payload = {"type": "Consumable", "expiresDate": None, "productId": "coins"}
_PASS: Payload = {"type": "Non-Renewing Subscription", "productId": "season"}
_LATER = {"signed": "2025-04-05T10:00:00"}
_GRACE: Payload = {"gracePeriodExpiresDate": at("2025-04-21T10:00:00"), "isInBillingRetryPeriod": True}
CASES: dict[str, list[Payload]] = {
    "purchase": _one("purchase", "SUBSCRIBED/INITIAL_BUY"),
    "resubscribed": _one("resubscribed", "SUBSCRIBED/RESUBSCRIBE"),
    "purchase_year": _one("purchase_year", "SUBSCRIBED/INITIAL_BUY", expiresDate=at("2026-03-05T10:00:00")),
    "purchase_week": _one("purchase_week", "SUBSCRIBED/INITIAL_BUY", expiresDate=at("2025-03-12T10:00:00")),
    "purchase_half": _one("purchase_half", "SUBSCRIBED/INITIAL_BUY", expiresDate=at("2025-09-05T10:00:00")),
    "trial": _one("trial", "SUBSCRIBED/INITIAL_BUY", **_TRIAL),
    "trial_legacy": _one("trial_legacy", "SUBSCRIBED/INITIAL_BUY", **_LEGACY_TRIAL),
    "cheaper": _one(
        "cheaper", "SUBSCRIBED/INITIAL_BUY", price=4990, offerType=1, offerDiscountType="PAY_AS_YOU_GO",
        offerPeriod="P1M",
    ),
    "up_front": _one(
        "up_front", "SUBSCRIBED/INITIAL_BUY", price=19990, offerType=2, offerIdentifier="spring",
        offerDiscountType="PAY_UP_FRONT", offerPeriod="P3M", expiresDate=at("2025-06-05T10:00:00"),
    ),
    "commitment": _one(
        "commitment", "SUBSCRIBED/INITIAL_BUY", price=7990, billingPlanType="MONTHLY",
        commitmentInfo={"billingPeriodNumber": 1, "totalBillingPeriods": 12, "commitmentPrice": 95880},
    ),
    "unpriced": _one("unpriced", "SUBSCRIBED/INITIAL_BUY", price=None, currency=None, following=_UNTOLD),
    "trial_unpriced": _one("trial_unpriced", "SUBSCRIBED/INITIAL_BUY", **_TRIAL, following=_UNTOLD),
    "renewal": _one("renewal", "DID_RENEW", transactionReason="RENEWAL"),
    "conversion": [
        told("conversion", "SUBSCRIBED/INITIAL_BUY", **_TRIAL),
        told(
            "conversion", "DID_RENEW", signed="2025-03-12T10:00:00", transactionId="t-2", transactionReason="RENEWAL",
            purchaseDate=at("2025-03-12T10:00:00"), expiresDate=at("2025-04-12T10:00:00"),
        ),
    ],
    "recovery": _one("recovery", "DID_RENEW/BILLING_RECOVERY", transactionReason="RENEWAL"),
    "upgrade": _one("upgrade", "DID_CHANGE_RENEWAL_PREF/UPGRADE", price=19990),
    "downgrade": _one("downgrade", "DID_CHANGE_RENEWAL_PREF/DOWNGRADE"),
    "downgrade_undone": _one("downgrade_undone", "DID_CHANGE_RENEWAL_PREF"),
    "off": _one("off", "DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED", following={"autoRenewStatus": 0}),
    "on": _one("on", "DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_ENABLED"),
    "grace": _one("grace", "DID_FAIL_TO_RENEW/GRACE_PERIOD", **_LATER, status=4, following=_GRACE),
    "hold": _one("hold", "DID_FAIL_TO_RENEW", **_LATER, status=3, following={"isInBillingRetryPeriod": True}),
    "grace_over": _one("grace_over", "GRACE_PERIOD_EXPIRED", **_LATER, status=3, following=_GRACE),
    "expired_wish": _one("expired_wish", "EXPIRED/VOLUNTARY", **_LATER, status=2, following={"expirationIntent": 1}),
    "expired_billing": _one("expired_billing", "EXPIRED/BILLING_RETRY", signed="2025-06-05T10:00:00", status=2),
    "expired_price": _one("expired_price", "EXPIRED/PRICE_INCREASE", **_LATER, status=2),
    "expired_product": _one("expired_product", "EXPIRED/PRODUCT_NOT_FOR_SALE", **_LATER, status=2),
    "expired_other": _one("expired_other", "EXPIRED", **_LATER, status=2, following={"expirationIntent": 5}),
    "refund": _one("refund", "REFUND", status=5, revocationDate=at(BOUGHT), revocationReason=1),
    "refund_part": _one(
        "refund_part", "REFUND", price=10000, revocationPercentage=50000, revocationType="REFUND_PRORATED",
        revocationDate=at(BOUGHT),
    ),
    "refund_reversed": _one("refund_reversed", "REFUND_REVERSED"),
    "revoked": _one("revoked", "REVOKE", status=5, revocationDate=at(BOUGHT)),
    "extended": _one("extended", "RENEWAL_EXTENDED", expiresDate=at("2025-04-12T10:00:00")),
    "price_increase": _one("price_increase", "PRICE_INCREASE/PENDING", following={"priceIncreaseStatus": 0}),
    "consumption": _one("consumption", "CONSUMPTION_REQUEST", data={"consumptionRequestReason": "OTHER"}),
    "single": _one("single", "ONE_TIME_CHARGE", **_SINGLE),
    "season": _one("season", "ONE_TIME_CHARGE", **_PASS),
    "family": _one("family", "SUBSCRIBED/INITIAL_BUY", inAppOwnershipType="FAMILY_SHARED"),
    "sandbox": _one("sandbox", "DID_RENEW", data={"environment": "Sandbox"}),
    "test": [{"notificationType": "TEST", "notificationUUID": "u", "version": "2.0", "signedDate": at(BOUGHT),
              "data": {"bundleId": "example.tv", "environment": "Production"}}],
    "version_1": [{"notification_type": "DID_RENEW", "password": "p", "unified_receipt": {}}],
    "unknown": _one("unknown", "TURNED_PURPLE"),
    "unknown_subtype": _one("unknown_subtype", "EXPIRED/PURPLE"),
}  # fmt: skip
