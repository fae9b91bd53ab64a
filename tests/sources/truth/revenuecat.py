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


_PROMOTED: dict[str, Any] = {"period_type": "PROMOTIONAL", "store": "PROMOTIONAL", "price": 0,
                             "price_in_purchased_currency": 0, "transaction_id": "rc-1"}  # fmt: skip


def _next(name: str, kind: str = "RENEWAL", months: int = 1, **fields: Any) -> dict[str, Any]:
    """An event of the period that begins after some months of 31 days."""
    begins = START + months * MONTH
    return event(name, kind, begins, **{"purchased_at_ms": begins, "expiration_at_ms": begins + 30 * DAY} | fields)


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
    "trial_left": [
        event("trial_left", "INITIAL_PURCHASE", **_TRIAL),
        event("trial_left", "CANCELLATION", START + 2 * DAY, cancel_reason="UNSUBSCRIBE", **_TRIAL),
        event("trial_left", "EXPIRATION", START + 7 * DAY, expiration_reason="UNSUBSCRIBE", **_TRIAL),
    ],
    "trial_extended": [
        event("trial_extended", "INITIAL_PURCHASE", **_TRIAL),
        event("trial_extended", "SUBSCRIPTION_EXTENDED", START + DAY, **_TRIAL | {"expiration_at_ms": START + 9 * DAY}),
    ],
    "billing_flow": [
        event("billing_flow", "BILLING_ISSUE", START + MONTH, grace_period_expiration_at_ms=START + MONTH + 16 * DAY),
        event("billing_flow", "CANCELLATION", START + MONTH + 1, cancel_reason="BILLING_ERROR"),
        event("billing_flow", "RENEWAL", START + MONTH + 3 * DAY, purchased_at_ms=START + MONTH + 3 * DAY,
              expiration_at_ms=START + MONTH + 33 * DAY),
    ],
    "came_back": [
        event("came_back", "EXPIRATION", START + MONTH, expiration_reason="UNSUBSCRIBE"),
        event("came_back", "RENEWAL", START + 50 * DAY, purchased_at_ms=START + 50 * DAY,
              expiration_at_ms=START + 80 * DAY),
    ],
    "credited_change": _one(
        "credited_change", "INITIAL_PURCHASE", store="PLAY_STORE", product_id="premium:yearly",
        expiration_at_ms=START + 17 * DAY, price=0, price_in_purchased_currency=0,
    ),
    "unknown_price": _one(
        "unknown_price", "INITIAL_PURCHASE", price=None, price_in_purchased_currency=None, currency=None,
    ),
    "unknown_price_renewed": _one(
        "unknown_price_renewed", "RENEWAL", price=None, price_in_purchased_currency=None, currency=None,
    ),
    "single_refunded": _one(
        "single_refunded", "CANCELLATION", cancel_reason="CUSTOMER_SUPPORT", product_id="2100_tokens",
        expiration_at_ms=None, price=-9.99, price_in_purchased_currency=-11.9,
    ),
    "intent_developer": _one("intent_developer", "CANCELLATION", cancel_reason="DEVELOPER_INITIATED"),
    "free_offer": _one(
        "free_offer", "CANCELLATION", cancel_reason="UNSUBSCRIBE", offer_code="free_month",
        price_in_purchased_currency=0,
    ),
    "weekly": _one("weekly", "RENEWAL", store="ROKU", expiration_at_ms=START + 7 * DAY, commission_percentage=None),
    "invoice": _one(
        "invoice", "INVOICE_ISSUANCE", period_type=None, expiration_at_ms=None, transaction_id=None,
        original_transaction_id=None, store="RC_BILLING", tax_percentage=None, renewal_number=None,
    ),
    "granted_for_now": [{"api_version": "1.0", "event": {
        "type": "TEMPORARY_ENTITLEMENT_GRANT", "id": "g", "app_id": "app1", "event_timestamp_ms": START,
        "app_user_id": "user-1", "store": "APP_STORE", "purchased_at_ms": START, "expiration_at_ms": START + DAY,
        "product_id": "premium.monthly", "entitlement_ids": ["pro"], "transaction_id": "t",
    }}],
    "coins": [{"api_version": "1.0", "event": {
        "type": "VIRTUAL_CURRENCY_TRANSACTION", "id": "v", "event_timestamp_ms": START, "app_user_id": "user-1",
        "adjustments": [{"amount": 100, "currency": {"code": "CRD", "name": "Credits", "description": "c"}}],
        "country_code": "US", "product_display_name": "100 credits", "product_id": "1M", "store": "APP_STORE",
        "purchase_environment": "PRODUCTION", "source": "in_app_purchase", "transaction_id": "t",
        "virtual_currency_transaction_id": "x",
    }}],
    "experiment": [{"api_version": "1.0", "event": {
        "type": "EXPERIMENT_ENROLLMENT", "id": "e", "event_timestamp_ms": START, "app_user_id": "user-1",
        "original_app_user_id": "user-1", "aliases": ["user-1"], "experiment_id": "x", "experiment_variant": "b",
        "offering_id": "o", "experiment_enrolled_at_ms": START,
    }}],
    "test": _one("test", "TEST"),
    "sandbox": _one("sandbox", "RENEWAL", environment="SANDBOX"),
    "unknown": _one("unknown", "SOMETHING_NEW"),
    "told_twice": _one("told_twice", "INITIAL_PURCHASE") * 2,
    "told_late": [_next("told_late"), event("told_late", "INITIAL_PURCHASE")],
    "start_half": _one("start_half", "INITIAL_PURCHASE", expiration_at_ms=START + 184 * DAY),
    "start_two": _one("start_two", "INITIAL_PURCHASE", expiration_at_ms=START + 61 * DAY),
    "start_week": _one("start_week", "INITIAL_PURCHASE", expiration_at_ms=START + 7 * DAY),
    "summer_time": _one("summer_time", "INITIAL_PURCHASE", expiration_at_ms=START + MONTH - 3_600_000),
    "february": _one("february", "RENEWAL", purchased_at_ms=START - 28 * DAY, expiration_at_ms=START),
    "price_risen": [
        event("price_risen", "INITIAL_PURCHASE"), _next("price_risen", price_in_purchased_currency=14.28,
                                                        tax_percentage=0.1597),
    ],
    "changed_at_the_end": [
        event("changed_at_the_end", "INITIAL_PURCHASE"),
        event("changed_at_the_end", "PRODUCT_CHANGE", START + DAY, new_product_id="premium.yearly"),
        _next("changed_at_the_end", product_id="premium.yearly", price_in_purchased_currency=119.0,
              expiration_at_ms=START + MONTH + 365 * DAY),
    ],
    "changed_at_once": [
        event("changed_at_once", "INITIAL_PURCHASE"),
        event("changed_at_once", "PRODUCT_CHANGE", START + 10 * DAY, new_product_id="gold.monthly"),
        event("changed_at_once", "RENEWAL", START + 10 * DAY, product_id="gold.monthly",
              price_in_purchased_currency=23.8, purchased_at_ms=START + 10 * DAY,
              expiration_at_ms=START + 41 * DAY),
    ],
    "intro_over": [
        event("intro_over", "INITIAL_PURCHASE", period_type="INTRO", price_in_purchased_currency=1.19),
        _next("intro_over"),
    ],
    "trial_not_paid": [
        event("trial_not_paid", "INITIAL_PURCHASE", **_TRIAL),
        event("trial_not_paid", "BILLING_ISSUE", START + 7 * DAY, **_TRIAL),
        event("trial_not_paid", "EXPIRATION", START + 67 * DAY, expiration_reason="BILLING_ERROR", **_TRIAL),
    ],
    "trial_supported": _one("trial_supported", "CANCELLATION", cancel_reason="CUSTOMER_SUPPORT", **_TRIAL),
    "not_paid": [
        event("not_paid", "BILLING_ISSUE", START + MONTH, grace_period_expiration_at_ms=START + MONTH + 16 * DAY),
        event("not_paid", "EXPIRATION", START + MONTH + 16 * DAY, expiration_reason="BILLING_ERROR"),
    ],
    "refunded_and_ended": [
        event("refunded_and_ended", "INITIAL_PURCHASE"),
        event("refunded_and_ended", "CANCELLATION", START + DAY, cancel_reason="CUSTOMER_SUPPORT",
              price_in_purchased_currency=-11.9),
        event("refunded_and_ended", "EXPIRATION", START + DAY + 1, expiration_reason="CUSTOMER_SUPPORT"),
    ],
    "pause_over": [
        event("pause_over", "SUBSCRIPTION_PAUSED", START + DAY, store="PLAY_STORE", auto_resume_at_ms=_QUARTER),
        event("pause_over", "EXPIRATION", START + MONTH, store="PLAY_STORE", expiration_reason="SUBSCRIPTION_PAUSED"),
        _next("pause_over", months=3, store="PLAY_STORE"),
    ],
    "stays": [
        event("stays", "CANCELLATION", START + DAY, cancel_reason="UNSUBSCRIBE"),
        event("stays", "UNCANCELLATION", START + 2 * DAY), _next("stays"),
    ],
    "extended_renewed": [
        event("extended_renewed", "SUBSCRIPTION_EXTENDED", START + DAY, expiration_at_ms=START + 38 * DAY),
        event("extended_renewed", "RENEWAL", START + 38 * DAY, purchased_at_ms=START + 38 * DAY,
              expiration_at_ms=START + 68 * DAY),
    ],
    "dinar": _one("dinar", "RENEWAL", currency="KWD", price_in_purchased_currency=3.5, tax_percentage=0),
    "dollars_cents": _one("dollars_cents", "RENEWAL", currency="USD", price_in_purchased_currency=9.99,
                          tax_percentage=0.0),
    "on_the_web": _one("on_the_web", "INITIAL_PURCHASE", store="RC_BILLING"),
    "by_stripe": _one("by_stripe", "INITIAL_PURCHASE", store="STRIPE", commission_percentage=None),
    "by_amazon": _one("by_amazon", "INITIAL_PURCHASE", store="AMAZON", currency="USD"),
    "nothing_told": _one(
        "nothing_told", "INITIAL_PURCHASE", aliases=None, subscriber_attributes=None, country_code=None,
        experiments=None, entitlement_ids=None, presented_offering_id=None, original_app_user_id=None,
    ),
    "free_month": _one("free_month", "RENEWAL", offer_code="stay", price=0, price_in_purchased_currency=0),
    "promotional_over": _one("promotional_over", "EXPIRATION", expiration_reason="UNKNOWN", **_PROMOTED),
    "family_renewed": _one("family_renewed", "RENEWAL", is_family_share=True),
    "family_over": _one("family_over", "EXPIRATION", is_family_share=True, expiration_reason="UNSUBSCRIBE"),
    "prepaid_refunded": [
        event("prepaid_refunded", "INITIAL_PURCHASE", period_type="PREPAID", store="PLAY_STORE"),
        event("prepaid_refunded", "CANCELLATION", START + DAY, period_type="PREPAID", store="PLAY_STORE",
              cancel_reason="CUSTOMER_SUPPORT", price_in_purchased_currency=-11.9),
    ],
    "single_yen": _one("single_yen", "NON_RENEWING_PURCHASE", expiration_at_ms=None, currency="JPY",
                       price_in_purchased_currency=480, tax_percentage=None),
    "anonymous": _one("anonymous", "INITIAL_PURCHASE", app_user_id="$RCAnonymousID:2", aliases=["$RCAnonymousID:2"],
                      original_app_user_id="$RCAnonymousID:2"),
}  # fmt: skip
