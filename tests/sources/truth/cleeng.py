"""Webhooks and report rows of Cleeng, one subscription a case.

Documented with their fields are the transaction, the ready-for notices and the offer topics; a subscription's webhooks
are known by name, and have here what Cleeng's interface tells of a customer's subscription.
"""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]
AT, LATER, DUE, NEXT = (f"2025-{day}T10:00:00+01:00" for day in ("01-05", "01-20", "02-05", "03-05"))


def hook(topic: str, data: Payload) -> Payload:
    """A webhook around its data."""
    return {"broadcasterId": 558186818, "topic": topic, "data": data}


def subscription(name: str, topic: str, at: str = AT, **fields: Any) -> Payload:
    """A webhook of a monthly subscription of 10.00."""
    data: Payload = {
        "subscriptionId": name,
        "customerId": 332442553,
        "customerEmail": "a@example.com",
        "customerExternalId": f"customer of {name}",
        "offerId": "S123321123_NL",
        "offerType": "subscription",
        "offerTitle": "Stream",
        "status": "active",
        "startedAt": AT,
        "expiresAt": DUE,
        "eventDate": at,
        "period": "month",
        "totalPrice": 12.1,
        "nextPaymentAt": DUE,
        "nextPaymentPrice": 10,
        "nextPaymentCurrency": "EUR",
        "customerCurrency": "EUR",
        "inTrial": False,
        "externalPaymentId": None,
        "paymentGateway": "adyen",
        "paymentMethod": "card",
        "pendingSwitchId": None,
        "isExternallyManaged": False,
    }
    return hook(f"subscription{topic}", data | fields)


def rejected(name: str, at: str = DUE, **fields: Any) -> Payload:
    """A payment of a subscription that was refused."""
    payload = subscription(name, "", at, reason="Refused", **fields)
    return {**payload, "topic": "paymentRejected"}


def transaction(name: str, **fields: Any) -> Payload:
    """A transaction of 10.00 of which 1.87 is tax, as it is told today."""
    data: Payload = {
        "offerId": "S123321123_NL",
        "transactionId": f"T-{name}",
        "transactionCountry": "NL",
        "taxRate": "0.2300",
        "transactionCurrency": "EUR",
        "transactionDate": 1736067600,
        "externalData": "862628085828720A",
        "transactionPriceExclTax": "8.1300",
        "transactionPriceInclTax": "10.0000",
        "applicableTax": "1.8700",
        "appliedExchangeRate": "1.0000",
        "customerId": 332442553,
        "customerEmail": "a@example.com",
        "customerExternalId": f"customer of {name}",
        "paymentId": 1536331075,
        "paymentMethod": "card",
        "paymentGateway": "adyen",
        "discountRate": None,
        "subscriptionPlanId": 543221430,
    }
    return hook("transactionCreated", data | fields)


def ready(name: str, what: str, **fields: Any) -> Payload:
    """A notice that something is to be done with a subscription."""
    data: Payload = {
        "subscriptionId": name,
        "offerId": "S123321123_NL",
        "customerId": 332442553,
        "customerEmail": "a@example.com",
        "paymentDetailsId": 255888155,
        "active": True,
        "dunningAttemptDate": "2025-03-03T09:43:20+01:00",
        "dunningStatus": "capture",
        "expirationDate": "2025-03-06T09:43:20+01:00",
        "currency": "EUR",
        "paymentCountry": "NL",
        "paymentMethodId": 123123123,
        "token": "tok_en",
        "paymentGateway": "adyen",
    }
    return hook(f"subscriptionReadyFor{what}", data | fields)


def reported(name: str, **fields: Any) -> Payload:
    """A row of the Subscription report."""
    row: Payload = {
        "Subscription ID": name,
        "Customer ID": "41",
        "First name": "Ann",
        "Last name": "Example",
        "Email": "a@example.com",
        "Country": "NL",
        "Account activation date": "2024-12-31",
        "Last login date": "2025-01-31",
        "Offer title": "Monthly",
        "Offer ID": "S123321123_NL",
        "Offer group ID": "G1",
        "Offer price": "8.260000",
        "Offer currency": "EUR",
        "Offer period": "monthly",
        "Subscription status": "active",
        "Subscription start date": "2025-01-05",
        "Last payment date": "2025-01-05",
        "Subscription expiration date": "2025-02-05",
        "Customer external ID": f"customer of {name}",
    }
    return row | fields


def booked(name: str, **fields: Any) -> Payload:
    """A row of the Transactions report."""
    row: Payload = {
        "Transaction ID": f"T-{name}",
        "Transaction Country": "NL",
        "Date/Time": "2025-01-05 10:00:00",
        "Date": "2025-01-05",
        "Month": "2025-01",
        "Week": "2025-01",
        "Customer ID": "41",
        "Customer email": "a@example.com",
        "Customer country": "NLD",
        "Customer currency": "EUR",
        "Offer ID": "S123321123_NL",
        "Offer title": "Monthly",
        "Total price": "10.000000",
        "Applicable tax": "1.870000",
        "Transaction type": "payment",
        "Payment method": "card",
    }
    return row | fields


_TRIAL = {"Trial end date": "2025-01-12", "Last payment date": "", "Subscription expiration date": "2025-01-12"}
_UNPRICED: Payload = {"nextPaymentPrice": None, "nextPaymentCurrency": None, "period": None}
_YEARLY: Payload = {"offerId": "S999999999_NL", "nextPaymentPrice": 100, "period": "year", "expiresAt": "2026-01-20"}

CASES: dict[str, list[Payload]] = {
    "created": [subscription("created", "Created")],
    "created_twice": [subscription("created_twice", "Created")] * 2,
    "created_3_months": [subscription("created_3_months", "Created", period="3months")],
    "created_season": [subscription("created_season", "Created", period="season")],
    "created_yen": [
        subscription("created_yen", "Created", nextPaymentPrice=1000, nextPaymentCurrency="JPY", customerCurrency="JPY")
    ],
    "trial": [subscription("trial", "Created", inTrial=True, expiresAt=LATER)],
    "trial_paid": [
        subscription("trial_paid", "Created", inTrial=True, expiresAt=LATER),
        subscription("trial_paid", "Renewed", LATER, expiresAt="2025-02-20T10:00:00+01:00"),
    ],
    "trial_left": [
        subscription("trial_left", "Created", inTrial=True, expiresAt=LATER),
        subscription("trial_left", "Stopped", "2025-01-10T10:00:00+01:00"),
        subscription("trial_left", "Terminated", LATER, churnType="Customer canceled churn"),
    ],
    "renewed": [subscription("renewed", "Created"), subscription("renewed", "Renewed", DUE, expiresAt=NEXT)],
    "renewed_dearer": [
        subscription("renewed_dearer", "Created"),
        subscription("renewed_dearer", "Renewed", DUE, expiresAt=NEXT, nextPaymentPrice="12.0000"),
    ],
    "renewed_unpriced": [
        subscription("renewed_unpriced", "Created"),
        subscription("renewed_unpriced", "Renewed", DUE, expiresAt=NEXT, **_UNPRICED),
    ],
    "renewed_before_created": [
        subscription("renewed_before_created", "Renewed", DUE, expiresAt=NEXT, **_UNPRICED),
        subscription("renewed_before_created", "Created"),
    ],
    "never_priced": [subscription("never_priced", "Renewed", DUE, **_UNPRICED)],
    "switched": [subscription("switched", "Created"), subscription("switched", "Switched", LATER, **_YEARLY)],
    "stopped": [subscription("stopped", "Stopped", LATER)],
    "canceled": [subscription("canceled", "Canceled", LATER)],
    "left": [
        subscription("left", "Created"),
        subscription("left", "Stopped", LATER),
        subscription("left", "Terminated", DUE, churnType="Customer canceled churn"),
    ],
    "not_paid": [
        subscription("not_paid", "Created"),
        rejected("not_paid"),
        rejected("not_paid", "2025-02-08T10:00:00+01:00"),
        subscription("not_paid", "Terminated", NEXT, churnType="Payment failed churn"),
    ],
    "paid_late": [
        subscription("paid_late", "Created"),
        rejected("paid_late"),
        subscription("paid_late", "Renewed", "2025-02-08T10:00:00+01:00", expiresAt=NEXT),
    ],
    "rejected_unpriced": [rejected("rejected_unpriced", **_UNPRICED)],
    "terminated": [subscription("terminated", "Terminated", DUE)],
    "terminated_by_broadcaster": [
        subscription("terminated_by_broadcaster", "Terminated", DUE, churnType="Broadcaster churn")
    ],
    "too_expensive": [
        subscription("too_expensive", "Terminated", DUE, cancellationReason="Subscription is too expensive")
    ],
    "back": [
        subscription("back", "Created"),
        subscription("back", "Terminated", DUE, churnType="Customer canceled churn"),
        subscription("back", "Renewed", NEXT, expiresAt="2025-04-05T10:00:00+02:00"),
    ],
    "paid": [transaction("paid")],
    "paid_twice": [transaction("paid_twice")] * 2,
    "paid_for_a_rental": [
        transaction("paid_for_a_rental", offerId="R123321123_NL", subscriptionPlanId=None, discountRate="0.1")
    ],
    "paid_as_told_before": [
        hook("transactionCreated", {
            "offerId": "S123321123_NL", "transactionId": "T-old", "customerId": 332442553, "paymentId": 1536331075,
            "offerPrice": 5.25, "offerCurrency": "USD", "discountRate": None, "subscriptionPlanId": 543221430,
            "externalData": "data", "customerEmail": "a@example.com", "customerExternalId": "123456789",
            "paymentGateway": "adyen",
        })
    ],
    "ready_to_authorise": [ready("ready_to_authorise", "PaymentAuthorisation", dunningStatus="authorize")],
    "ready_to_capture": [ready("ready_to_capture", "PaymentCapture", subscriptionId=121780131)],
    "ready_to_end": [ready("ready_to_end", "Termination", active=False)],
    "offer_created": [hook("offerCreated", {"offerId": "S123123123", "createdAt": "2025-05-05T10:48:09+02:00"})],
    "offer_updated": [hook("offerUpdated", {"offerId": "S123123123", "updatedAt": "2025-05-05T10:51:45+02:00"})],
    "unheard_of": [subscription("unheard_of", "Danced")],
    "empty": [{"broadcasterId": 558186818, "topic": "subscriptionStopped"}],
    "row_active": [reported("row_active")],
    "row_renewed": [
        reported("row_renewed"),
        reported("row_renewed", **{"Last payment date": "2025-02-05", "Subscription expiration date": "2025-03-05"}),
    ],
    "row_trial": [reported("row_trial", **_TRIAL)],
    "row_trial_paid": [
        reported("row_trial_paid", **_TRIAL),
        reported("row_trial_paid", **_TRIAL | {
            "Last payment date": "2025-01-12", "Subscription expiration date": "2025-02-12"
        }),
    ],
    "row_half_year": [
        reported("row_half_year", **{"Offer period": "6-months", "Subscription expiration date": "2025-07-05"})
    ],
    "row_cancelled": [
        reported("row_cancelled", **{"Subscription status": "cancelled", "Cancellation date": "2025-01-20"})
    ],
    "row_not_paid": [
        reported("row_not_paid", **{
            "Subscription status": "terminated", "Termination date": "2025-02-20", "Churn type": "Payment failed churn"
        })
    ],
    "row_ended_without_a_day": [
        reported("row_ended_without_a_day", **{"Subscription status": "terminated", "Subscription expiration date": ""})
    ],
    "row_paid": [booked("row_paid")],
    "row_refunded": [
        booked("row_refunded", **{
            "Total price": "-10.000000", "Applicable tax": "-1.870000", "Transaction type": "refund"
        })
    ],
    "row_charged_back": [
        booked("row_charged_back", **{"Total price": "-10.000000", "Transaction type": "chargeback"})
    ],
    "row_failed": [booked("row_failed", **{"Transaction type": "failed payment"})],
    "row_without_a_sum": [booked("row_without_a_sum", **{"Total price": ""})],
}  # fmt: skip
