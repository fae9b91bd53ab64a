"""Events of RevenueCat as its documentation shows them, one subscription a case."""

from __future__ import annotations

from typing import Any

START, DAY = 1_741_165_200_000, 86_400_000  # 5 March 2025, 09:00
MONTH = 31 * DAY


def event(name: str, kind: str, at: int = START, **fields: Any) -> dict[str, Any]:
    """An event with every field that RevenueCat may send."""
    return {
        "api_version": "1.0",
        "event": {
            "type": kind,
            "id": f"{name}-{kind}-{at}",
            "app_id": "app1",
            "event_timestamp_ms": at,
            "app_user_id": "user-1",
            "original_app_user_id": "$RCAnonymousID:1",
            "aliases": ["$RCAnonymousID:1", "user-1"],
            "product_id": "premium.monthly",
            "entitlement_id": None,
            "entitlement_ids": ["pro"],
            "period_type": "NORMAL",
            "purchased_at_ms": START,
            "expiration_at_ms": START + MONTH,
            "grace_period_expiration_at_ms": None,
            "auto_resume_at_ms": None,
            "store": "APP_STORE",
            "environment": "PRODUCTION",
            "is_trial_conversion": False,
            "cancel_reason": None,
            "expiration_reason": None,
            "new_product_id": None,
            "presented_offering_id": "default",
            "transaction_id": f"{name}-{at}",
            "original_transaction_id": name,
            "price": 9.99,
            "price_in_purchased_currency": 11.9,
            "currency": "EUR",
            "tax_percentage": 0.1597,
            "commission_percentage": 0.3,
            "takehome_percentage": 0.7,
            "country_code": "DE",
            "is_family_share": False,
            "offer_code": None,
            "renewal_number": 1,
            "metadata": None,
            "experiments": [{"experiment_id": "e", "experiment_variant": "a", "enrolled_at_ms": START}],
            "subscriber_attributes": {"$email": {"updated_at_ms": START, "value": "a@example.com"}},
        }
        | fields,
    }


_TRIAL: dict[str, Any] = {
    "period_type": "TRIAL", "expiration_at_ms": START + 7 * DAY, "price": 0, "price_in_purchased_currency": 0,
}  # fmt: skip
_YEAR, _QUARTER = START + 365 * DAY, START + 92 * DAY


def _one(name: str, kind: str, **fields: Any) -> list[dict[str, Any]]:
    return [event(name, kind, **fields)]


CASES: dict[str, list[dict[str, Any]]] = {
    "start": _one("start", "INITIAL_PURCHASE"),
    "start_year": _one("start_year", "INITIAL_PURCHASE", expiration_at_ms=_YEAR),
    "start_quarter": _one("start_quarter", "INITIAL_PURCHASE", expiration_at_ms=_QUARTER),
    "start_intro": _one("start_intro", "INITIAL_PURCHASE", period_type="INTRO", price_in_purchased_currency=1.19),
    "trial": _one("trial", "INITIAL_PURCHASE", **_TRIAL),
    "conversion": _one("conversion", "RENEWAL", is_trial_conversion=True),
    "renewal": _one("renewal", "RENEWAL", renewal_number=4),
    "renewal_yen": _one(
        "renewal_yen", "RENEWAL", currency="JPY", price_in_purchased_currency=1100, tax_percentage=None
    ),
    "odd_period": _one("odd_period", "RENEWAL", expiration_at_ms=START + 17 * DAY),
    "intent": _one("intent", "CANCELLATION", cancel_reason="UNSUBSCRIBE"),
    "intent_price": _one("intent_price", "CANCELLATION", cancel_reason="PRICE_INCREASE"),
    "intent_billing": _one("intent_billing", "CANCELLATION", cancel_reason="BILLING_ERROR"),
    "refund": _one("refund", "CANCELLATION", cancel_reason="CUSTOMER_SUPPORT", price_in_purchased_currency=-11.9),
    "refund_undone": _one("refund_undone", "REFUND_REVERSED"),
    "undone": _one("undone", "UNCANCELLATION"),
    "grace": _one("grace", "BILLING_ISSUE", grace_period_expiration_at_ms=START + 16 * DAY),
    "hold": _one("hold", "BILLING_ISSUE"),
    "end_wish": _one("end_wish", "EXPIRATION", expiration_reason="UNSUBSCRIBE"),
    "end_billing": _one("end_billing", "EXPIRATION", expiration_reason="BILLING_ERROR"),
    "end_price": _one("end_price", "EXPIRATION", expiration_reason="PRICE_INCREASE"),
    "end_developer": _one("end_developer", "EXPIRATION", expiration_reason="DEVELOPER_INITIATED"),
    "end_support": _one("end_support", "EXPIRATION", expiration_reason="CUSTOMER_SUPPORT"),
    "end_unknown": _one("end_unknown", "EXPIRATION", expiration_reason="UNKNOWN"),
    "pause_announced": _one("pause_announced", "SUBSCRIPTION_PAUSED", auto_resume_at_ms=_QUARTER),
    "pause": _one("pause", "EXPIRATION", expiration_reason="SUBSCRIPTION_PAUSED"),
    "extended": _one("extended", "SUBSCRIPTION_EXTENDED", expiration_at_ms=START + 40 * DAY),
    "product_change": _one("product_change", "PRODUCT_CHANGE", new_product_id="premium.yearly"),
    "single": _one("single", "NON_RENEWING_PURCHASE", expiration_at_ms=None),
    "prepaid": _one("prepaid", "INITIAL_PURCHASE", period_type="PREPAID", store="PLAY_STORE"),
    "promotional": _one("promotional", "INITIAL_PURCHASE", period_type="PROMOTIONAL", store="PROMOTIONAL"),
    "family": _one("family", "INITIAL_PURCHASE", is_family_share=True),
    "transfer": _one("transfer", "TRANSFER", transferred_from=["user-1"], transferred_to=["user-2"]),
    "test": _one("test", "TEST"),
    "sandbox": _one("sandbox", "RENEWAL", environment="SANDBOX"),
    "unknown": _one("unknown", "SOMETHING_NEW"),
}
