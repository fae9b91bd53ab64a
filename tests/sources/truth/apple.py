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
_WEEK, _MAY = "2025-03-12T10:00:00", "2025-05-05T10:00:00"
_RENEWED: Payload = {
    "transactionId": "t-2", "transactionReason": "RENEWAL", "purchaseDate": at(DUE), "expiresDate": at(_MAY),
}  # fmt: skip
_AFTER_TRIAL: Payload = {**_RENEWED, "purchaseDate": at(_WEEK), "expiresDate": at("2025-04-12T10:00:00")}


def _then(name: str, *following: Payload, **first: Any) -> list[Payload]:
    """A purchase, and what followed."""
    return [told(name, "SUBSCRIBED/INITIAL_BUY", **first), *following]


def _summary(kind: str, **fields: Any) -> list[Payload]:
    """A notification about many subscriptions, or none: it has no transaction."""
    notification_type, _, subtype = kind.partition("/")
    body = {"notificationType": notification_type, "subtype": subtype, "notificationUUID": kind, "version": "2.0",
            "signedDate": at(BOUGHT)}  # fmt: skip
    return [{"signedPayload": token(body | fields)}]


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
    "trial_extended": _then(
        "trial_extended",
        told("trial_extended", "RENEWAL_EXTENDED", signed="2025-03-10T10:00:00",
             **_TRIAL | {"expiresDate": at("2025-03-19T10:00:00")}),
        told("trial_extended", "DID_RENEW", signed="2025-03-19T10:00:00",
             **_RENEWED | {"purchaseDate": at("2025-03-19T10:00:00"), "expiresDate": at("2025-04-19T10:00:00")}),
        **_TRIAL,
    ),
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
    "summer_time": _then(
        "summer_time",
        told("summer_time", "DID_RENEW", signed=DUE, **_RENEWED | {"expiresDate": at("2025-05-05T09:00:00")}),
        expiresDate=at("2025-04-05T09:00:00"),
    ),
    "short_month": _one(
        "short_month", "SUBSCRIBED/INITIAL_BUY", purchaseDate=at("2025-01-31T10:00:00"),
        expiresDate=at("2025-02-28T10:00:00"),
    ),
    "leap_year": _one(
        "leap_year", "SUBSCRIBED/INITIAL_BUY", purchaseDate=at("2024-02-29T10:00:00"),
        expiresDate=at("2025-02-28T10:00:00"),
    ),
    "purchase_two": _one("purchase_two", "SUBSCRIBED/INITIAL_BUY", expiresDate=at("2025-05-05T10:00:00")),
    "purchase_quarter": _one("purchase_quarter", "SUBSCRIBED/INITIAL_BUY", expiresDate=at("2025-06-05T10:00:00")),
    "yen": _one("yen", "SUBSCRIBED/INITIAL_BUY", price=1200000, currency="JPY"),
    "dinar": _one("dinar", "SUBSCRIBED/INITIAL_BUY", price=3500, currency="KWD"),
    "several": _one("several", "ONE_TIME_CHARGE", **_SINGLE | {"quantity": 3, "price": 29970}),
    "told_twice": [told("told_twice", "SUBSCRIBED/INITIAL_BUY"), told("told_twice", "SUBSCRIBED/INITIAL_BUY")],
    "told_late": _then("told_late", told("told_late", "DID_RENEW", signed=DUE, **_RENEWED))[::-1],
    "price_risen": _then("price_risen", told("price_risen", "DID_RENEW", signed=DUE, **_RENEWED | {"price": 12990})),
    "downgrade_renewed": _then(
        "downgrade_renewed",
        told(
            "downgrade_renewed", "DID_CHANGE_RENEWAL_PREF/DOWNGRADE", signed="2025-03-20T10:00:00",
            following={"autoRenewProductId": "basic.monthly", "renewalPrice": 4990},
        ),
        told("downgrade_renewed", "DID_RENEW", signed=DUE, **_RENEWED | {"price": 4990, "productId": "basic.monthly"}),
    ),
    "yearly_at_the_end": _then(
        "yearly_at_the_end",
        told("yearly_at_the_end", "DID_CHANGE_RENEWAL_PREF/DOWNGRADE", signed="2025-03-20T10:00:00"),
        told(
            "yearly_at_the_end", "DID_RENEW", signed=DUE,
            **_RENEWED | {"price": 99990, "productId": "premium.yearly", "expiresDate": at("2026-04-05T10:00:00")},
        ),
    ),
    "upgrade_refund": _then(
        "upgrade_refund",
        told(
            "upgrade_refund", "DID_CHANGE_RENEWAL_PREF/UPGRADE", signed="2025-03-20T10:00:00", transactionId="t-2",
            purchaseDate=at("2025-03-20T10:00:00"), expiresDate=at("2025-04-20T10:00:00"), price=19990,
        ),
        told(
            "upgrade_refund", "REFUND", signed="2025-03-20T11:00:00", isUpgraded=True, revocationPercentage=50000,
            revocationType="REFUND_PRORATED", revocationDate=at("2025-03-20T10:00:00"),
        ),
    ),
    "upgrade_in_a_trial": _then(
        "upgrade_in_a_trial",
        told(
            "upgrade_in_a_trial", "DID_CHANGE_RENEWAL_PREF/UPGRADE", signed="2025-03-08T10:00:00", transactionId="t-2",
            purchaseDate=at("2025-03-08T10:00:00"), expiresDate=at("2025-04-08T10:00:00"), price=19990,
        ),
        **_TRIAL,
    ),
    "introductory_over": _then(
        "introductory_over", told("introductory_over", "DID_RENEW", signed=DUE, **_RENEWED), price=4990, offerType=1,
        offerDiscountType="PAY_AS_YOU_GO", offerPeriod="P1M",
    ),
    "up_front_over": _then(
        "up_front_over",
        told(
            "up_front_over", "DID_RENEW", signed="2025-06-05T10:00:00",
            **_RENEWED | {"purchaseDate": at("2025-06-05T10:00:00"), "expiresDate": at("2025-07-05T10:00:00")},
        ),
        price=19990, offerType=2, offerDiscountType="PAY_UP_FRONT", offerPeriod="P3M",
        expiresDate=at("2025-06-05T10:00:00"),
    ),
    "offer_code": _one(
        "offer_code", "SUBSCRIBED/INITIAL_BUY", **_TRIAL | {"offerType": 3, "offerIdentifier": "press"},
    ),
    "offer_code_before": _one(
        "offer_code_before", "OFFER_REDEEMED/INITIAL_BUY", price=4990, offerType=3, offerIdentifier="press",
        offerDiscountType="PAY_AS_YOU_GO", offerPeriod="P1M",
    ),
    "offer_upgrade": _then(
        "offer_upgrade",
        told(
            "offer_upgrade", "OFFER_REDEEMED/UPGRADE", signed="2025-03-20T10:00:00", transactionId="t-2", price=14990,
            purchaseDate=at("2025-03-20T10:00:00"), expiresDate=at("2025-04-20T10:00:00"), offerType=2,
            offerIdentifier="up", offerDiscountType="PAY_AS_YOU_GO", offerPeriod="P1M",
            following={"renewalPrice": 19990},
        ),
    ),
    "offer_downgrade": _then(
        "offer_downgrade", told("offer_downgrade", "OFFER_REDEEMED/DOWNGRADE", signed="2025-03-20T10:00:00")
    ),
    "offer_free_month": _then(
        "offer_free_month",
        told(
            "offer_free_month", "DID_RENEW", signed=DUE,
            **_RENEWED | {"price": 0, "offerType": 2, "offerIdentifier": "stay", "offerDiscountType": "FREE_TRIAL",
                          "offerPeriod": "P1M"},
        ),
    ),
    "win_back": _one(
        "win_back", "SUBSCRIBED/RESUBSCRIBE", price=4990, offerType=4, offerIdentifier="back",
        offerDiscountType="PAY_AS_YOU_GO", offerPeriod="P1M",
    ),
    "trial_not_paid": _then(
        "trial_not_paid",
        told("trial_not_paid", "DID_FAIL_TO_RENEW", signed=_WEEK, status=3, **_TRIAL,
             following={"isInBillingRetryPeriod": True}),
        told("trial_not_paid", "EXPIRED/BILLING_RETRY", signed="2025-05-11T10:00:00", status=2, **_TRIAL),
        **_TRIAL,
    ),
    "trial_left": _then(
        "trial_left",
        told("trial_left", "DID_CHANGE_RENEWAL_STATUS/AUTO_RENEW_DISABLED", signed="2025-03-06T10:00:00", **_TRIAL),
        told("trial_left", "EXPIRED/VOLUNTARY", signed=_WEEK, status=2, **_TRIAL),
        **_TRIAL,
    ),
    "trial_of_a_year": _then(
        "trial_of_a_year",
        told(
            "trial_of_a_year", "DID_RENEW", signed=_WEEK,
            **_AFTER_TRIAL | {"price": 99990, "expiresDate": at("2026-03-12T10:00:00")},
        ),
        **_TRIAL, following={"renewalPrice": 99990},
    ),
    "back_after_the_end": _then(
        "back_after_the_end",
        told("back_after_the_end", "EXPIRED/VOLUNTARY", signed=DUE, status=2),
        told(
            "back_after_the_end", "SUBSCRIBED/RESUBSCRIBE", signed="2025-06-05T10:00:00", transactionId="t-2",
            purchaseDate=at("2025-06-05T10:00:00"), expiresDate=at("2025-07-05T10:00:00"),
        ),
    ),
    "refund_of_one_before": _then(
        "refund_of_one_before",
        told("refund_of_one_before", "DID_RENEW", signed=DUE, **_RENEWED),
        told(
            "refund_of_one_before", "REFUND", signed="2025-04-10T10:00:00", revocationDate=at("2025-04-10T10:00:00"),
            revocationReason=0, revocationPercentage=100000, revocationType="REFUND_FULL",
        ),
    ),
    "refund_of_one": _one("refund_of_one", "ONE_TIME_CHARGE", **_SINGLE)
    + _one(
        "refund_of_one", "REFUND", **_SINGLE, signed=DUE, revocationDate=at(DUE), revocationReason=0,
        data={"status": None},
    ),
    "refund_declined": _one("refund_declined", "REFUND_DECLINED"),
    "refund_reversed_late": _one("refund_reversed_late", "REFUND_REVERSED", status=2),
    "price_accepted": _one("price_accepted", "PRICE_INCREASE/ACCEPTED", following={"priceIncreaseStatus": 1}),
    "extensions": _summary(
        "RENEWAL_EXTENSION/SUMMARY",
        summary={"requestIdentifier": "r", "environment": "Production", "appAppleId": 1, "bundleId": "example.tv",
                 "productId": "premium.monthly", "storefrontCountryCodes": ["DEU"], "failedCount": 1,
                 "succeededCount": 5},
    ),
    "purchased_elsewhere": _summary(
        "EXTERNAL_PURCHASE_TOKEN/UNREPORTED",
        externalPurchaseToken={"externalPurchaseId": "e", "tokenCreationDate": at(BOUGHT), "appAppleId": 1,
                               "bundleId": "example.tv"},
    ),
    "local_testing": _one("local_testing", "DID_RENEW", data={"environment": "LocalTesting"}),
    "family_revoked": _one(
        "family_revoked", "REVOKE", status=5, revocationDate=at(BOUGHT), inAppOwnershipType="FAMILY_SHARED"
    ),
    "consent_taken_back": _summary("RESCIND_CONSENT/", appData={"appAppleId": 1, "bundleId": "example.tv",
                                   "environment": "Production", "signedAppTransactionInfo": token({})}),
}  # fmt: skip
