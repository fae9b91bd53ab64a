"""Objects and webhooks of Recurly as its API reference shows them, one subscription a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]
AT, DUE = "2025-03-05T09:00:00Z", "2025-04-05T09:00:00Z"


def subscription(name: str, **fields: Any) -> list[Payload]:
    """A subscription of 20.00 a month with an add-on of 5.00."""
    whole: Payload = {
        "id": name,
        "object": "subscription",
        "uuid": "u",
        "account": {"id": "a", "object": "account", "code": "c-1", "email": "a@example.com", "bill_to": "self"},
        "plan": {"id": "p", "object": "plan", "code": "basic", "name": "Basic"},
        "state": "active",
        "shipping": None,
        "coupon_redemptions": [],
        "pending_change": None,
        "current_period_started_at": AT,
        "current_period_ends_at": DUE,
        "current_term_started_at": AT,
        "current_term_ends_at": DUE,
        "trial_started_at": None,
        "trial_ends_at": None,
        "remaining_billing_cycles": 1,
        "total_billing_cycles": 1,
        "renewal_billing_cycles": 1,
        "auto_renew": True,
        "paused_at": None,
        "remaining_pause_cycles": None,
        "currency": "USD",
        "revenue_schedule_type": "evenly",
        "unit_amount": 10.0,
        "tax_inclusive": False,
        "quantity": 2,
        "add_ons": [{"id": "o", "object": "subscription_add_on", "quantity": 1, "unit_amount": 5.0}],
        "add_ons_total": 5.0,
        "subtotal": 25.0,
        "tax": 5.0,
        "tax_info": {"type": "vat", "rate": 0.2},
        "total": 30.0,
        "price_segment_id": None,
        "collection_method": "automatic",
        "net_terms": 0,
        "custom_fields": [],
        "created_at": AT,
        "updated_at": AT,
        "activated_at": AT,
        "canceled_at": None,
        "expires_at": None,
        "bank_account_authorized_at": None,
        "expiration_reason": None,
        "gateway_code": None,
        "billing_info_id": None,
    }
    return [whole | fields]


def plan(code: str, unit: str | None, length: int | None, **fields: Any) -> list[Payload]:
    """A plan of 25.00, with its interval."""
    whole: Payload = {
        "id": f"p-{code}", "object": "plan", "code": code, "state": "active", "name": code, "description": None,
        "interval_unit": unit, "interval_length": length, "trial_unit": "months", "trial_length": 0,
        "trial_requires_billing_info": True, "total_billing_cycles": None, "auto_renew": True, "pricing_model": "fixed",
        "ramp_intervals": [], "accounting_code": None, "tax_code": None, "tax_exempt": False,
        "currencies": [{"currency": "USD", "setup_fee": 0.0, "unit_amount": 25.0, "price_segment_id": None}],
        "hosted_pages": {"success_url": None}, "allow_any_item_on_subscriptions": False, "dunning_campaign_id": None,
        "custom_fields": [], "created_at": "2025-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z",
        "deleted_at": None,
    }  # fmt: skip
    return [whole | fields]


def _of(name: str, code: str, until: str, **fields: Any) -> list[Payload]:
    """A subscription of a plan, whose first period goes until a day."""
    named = {"id": f"p-{code}", "object": "plan", "code": code, "name": code}
    return subscription(name, plan=named, current_period_ends_at=f"{until}T09:00:00Z", **fields)


def transaction(name: str, **fields: Any) -> list[Payload]:
    """A purchase of 30.00."""
    whole: Payload = {
        "id": f"txn-{name}",
        "object": "transaction",
        "uuid": "u",
        "original_transaction_id": None,
        "account": {"id": "a", "object": "account", "code": "c-1"},
        "invoice": {"id": "i", "number": "1", "type": "charge", "state": "paid"},
        "voided_by_invoice": None,
        "subscription_ids": [name],
        "type": "purchase",
        "origin": "recurring",
        "currency": "USD",
        "amount": 30.0,
        "status": "success",
        "success": True,
        "refunded": False,
        "billing_address": {"country": "US"},
        "collection_method": "automatic",
        "payment_method": {"object": "credit_card", "card_type": "Visa", "last_four": "1111"},
        "status_code": None,
        "status_message": None,
        "gateway_reference": "g",
        "created_at": AT,
        "updated_at": AT,
        "collected_at": AT,
        "voided_at": None,
    }
    return [whole | fields]


_REFUND: Payload = {"type": "refund", "amount": 10.0, "original_transaction_id": "txn-1"}
_COUPON = [
    {"id": "r", "object": "coupon_redemption", "coupon": {"code": "spring"}, "state": "active", "discounted": 5.0}
]
_HOOK = {"id": "s", "object_type": "subscription", "site_id": "site", "event_type": "renewed", "event_time": AT}
_YEAR = {"current_period_ends_at": "2026-03-05T09:00:00Z"}


def _period(start: str, end: str) -> Payload:
    return {"current_period_started_at": f"{start}T09:00:00Z", "current_period_ends_at": f"{end}T09:00:00Z"}


def _later(name: str, at: str, **fields: Any) -> Payload:
    """The subscription as it is some time later."""
    return subscription(name, updated_at=f"{at}T09:00:00Z", **fields)[0]


_NEXT = _period("2025-04-05", "2025-05-05")
_IN_TRIAL: Payload = {"trial_started_at": AT, "trial_ends_at": "2025-03-19T09:00:00Z",
                      "current_period_ends_at": "2025-03-19T09:00:00Z"}  # fmt: skip
CASES: dict[str, list[Payload]] = {
    "active": subscription("active"),
    "active_year": subscription("active_year", **_YEAR),
    "active_odd": subscription("active_odd", current_period_ends_at="2025-03-22T09:00:00Z"),
    "active_inclusive": subscription("active_inclusive", tax_inclusive=True, subtotal=30.0),
    "active_coupon": subscription("active_coupon", coupon_redemptions=_COUPON),
    "active_ending": subscription("active_ending", auto_renew=False),
    "trial": subscription("trial", trial_started_at=AT, trial_ends_at="2025-03-12T09:00:00Z"),
    "trial_over": subscription("trial_over", trial_ends_at="2025-03-01T09:00:00Z"),
    "canceled": subscription("canceled", state="canceled", canceled_at=AT),
    "expired": subscription("expired", state="expired", expires_at=AT, expiration_reason="canceled"),
    "expired_unpaid": subscription("expired_unpaid", state="expired", expires_at=AT, expiration_reason="nonpayment"),
    "expired_unsaid": subscription("expired_unsaid", state="expired", expires_at=AT),
    "failed": subscription("failed", state="failed"),
    "future": subscription("future", state="future"),
    "paused": subscription("paused", state="paused", paused_at=AT),
    "paid": transaction("paid"),
    "declined": transaction("declined", status="declined", success=False, status_code="insufficient_funds"),
    "refund": transaction("refund", **_REFUND),
    "chargeback": transaction("chargeback", status="chargeback"),
    "verified": transaction("verified", type="verify", amount=0.0),
    "void": transaction("void", status="void", success=False),
    "voided": [
        *transaction("voided"),
        *transaction("voided", status="void", success=False, voided_at=DUE, updated_at=DUE),
    ],
    "charged_back": [
        *transaction("charged_back"), *transaction("charged_back", status="chargeback", updated_at=DUE),
    ],
    "refund_chargeback": transaction("refund_chargeback", **_REFUND | {"origin": "chargeback"}),
    "refund_failed": transaction("refund_failed", **_REFUND | {"status": "declined", "success": False}),
    "pending": transaction("pending", status="pending", success=False),
    "processed": [*transaction("processed", status="processing", success=False), *transaction("processed")],
    "told_again": [*transaction("told_again"), *transaction("told_again", refunded=True, updated_at=DUE)],
    "captured": transaction("captured", type="capture"),
    "authorized": transaction("authorized", type="authorization"),
    "two_subscriptions": transaction("two_subscriptions", subscription_ids=["two_subscriptions", "s-2"]),
    "two_coupons": subscription("two_coupons", coupon_redemptions=[*_COUPON, _COUPON[0] | {"discounted": 2.5}]),
    "coupon_over": subscription("coupon_over", coupon_redemptions=[_COUPON[0] | {"state": "inactive"}]),
    "yen": subscription(
        "yen", currency="JPY", unit_amount=1000.0, subtotal=2500.0, tax=250.0, total=2750.0, add_ons_total=500.0
    ),
    "changes_at_renewal": subscription("changes_at_renewal", pending_change={
        "id": "c", "object": "subscription_change", "unit_amount": 20.0, "quantity": 2, "activate_at": DUE,
        "activated": False, "plan": {"code": "pro"},
    }),
    "pauses_at_renewal": subscription("pauses_at_renewal", paused_at=DUE, remaining_pause_cycles=2),
    "quarter": subscription("quarter", current_period_ends_at="2025-06-05T09:00:00Z"),
    "weeks": subscription("weeks", current_period_ends_at="2025-03-12T09:00:00Z"),
    "term": subscription(
        "term", remaining_billing_cycles=11, total_billing_cycles=12, current_term_ends_at="2026-03-05T09:00:00Z"
    ),
    "came_back": [
        *subscription("came_back", state="canceled", canceled_at=AT),
        *subscription("came_back", updated_at="2025-03-20T09:00:00Z"),
    ],
    "trial_left": subscription(
        "trial_left", state="expired", trial_ends_at="2025-03-12T09:00:00Z", expires_at="2025-03-12T09:00:00Z",
        updated_at="2025-03-12T09:00:00Z", expiration_reason="trial_expired",
    ),
    "hook": [_HOOK],
    "unknown": [{"object": "invoice", "id": "1"}],
    "told_twice": subscription("told_twice") * 2,
    "next_period": [*subscription("next_period"), _later("next_period", "2025-04-05", **_NEXT)],
    "next_period_first": [_later("next_period_first", "2025-04-05", **_NEXT), *subscription("next_period_first")],
    "half_year": subscription("half_year", current_period_ends_at="2025-09-05T09:00:00Z"),
    "two_weeks": subscription("two_weeks", current_period_ends_at="2025-03-19T09:00:00Z"),
    "plan_of_two_weeks": [*plan("two-weeks", "days", 14), *_of("plan_of_two_weeks", "two-weeks", "2025-03-19")],
    "plan_told_later": [*_of("plan_told_later", "later", "2025-03-19"), *plan("later", "days", 14)],
    "plan_of_30_days": [*plan("30-days", "days", 30), *_of("plan_of_30_days", "30-days", "2025-04-04")],
    "plan_of_a_year": [*plan("year", "months", 12), *_of("plan_of_a_year", "year", "2025-06-05")],
    "plan_of_a_part": [*plan("part", "months", 1), *_of("plan_of_a_part", "part", "2025-03-15")],
    "plan_in_trial": [
        *plan("with-trial", "months", 1, trial_unit="days", trial_length=14),
        *_of("plan_in_trial", "with-trial", "2025-03-19", trial_started_at=AT, trial_ends_at="2025-03-19T09:00:00Z"),
    ],
    "plan_without_length": [
        *plan("endless", None, None), *_of("plan_without_length", "endless", "2025-03-19"),
    ],
    "short_month": subscription("short_month", **_period("2025-01-31", "2025-02-28")),
    "leap_year": subscription("leap_year", **_period("2024-02-29", "2025-02-28")),
    "summer_time": subscription("summer_time", current_period_ends_at="2025-04-05T08:00:00Z"),
    "free": subscription("free", unit_amount=0.0, add_ons=[], add_ons_total=0.0, subtotal=0.0, tax=0.0, total=0.0),
    "usage_beside": subscription("usage_beside", subtotal=20.0, add_ons_total=0.0, add_ons=[
        {"id": "m", "object": "subscription_add_on", "add_on": {"add_on_type": "usage", "usage_type": "price"},
         "quantity": 1, "unit_amount": 0.02}]),
    "cents": subscription("cents", unit_amount=3.33, quantity=3, add_ons=[], add_ons_total=0.0, subtotal=9.99),
    "dinar": subscription("dinar", currency="KWD", unit_amount=1.25, add_ons=[], add_ons_total=0.0, subtotal=2.5),
    "nothing_told": subscription("nothing_told", coupon_redemptions=None, add_ons=None, add_ons_total=0.0,
                                 subtotal=20.0, tax=None, tax_info=None, shipping=None, activated_at=None,
                                 account={"id": "a", "object": "account", "code": "c-1"}),
    "trial_paid": [
        *subscription("trial_paid", **_IN_TRIAL),
        _later("trial_paid", "2025-03-19", **_IN_TRIAL | _period("2025-03-19", "2025-04-19")),
    ],
    "trial_unpaid": [
        *subscription("trial_unpaid", **_IN_TRIAL),
        _later("trial_unpaid", "2025-04-09", state="expired", expires_at="2025-04-09T09:00:00Z",
               expiration_reason="nonpayment_trial", **_IN_TRIAL),
    ],
    "dearer": [
        *subscription("dearer", pending_change={"object": "subscription_change", "unit_amount": 12.0}),
        _later("dearer", "2025-04-05", unit_amount=12.0, subtotal=29.0, **_NEXT),
    ],
    "yearly_at_the_end": [
        *subscription("yearly_at_the_end"),
        _later("yearly_at_the_end", "2025-04-05", unit_amount=100.0, quantity=1, add_ons=[], add_ons_total=0.0,
               subtotal=100.0, **_period("2025-04-05", "2026-04-05")),
    ],
    "add_on_leaves": [
        *subscription("add_on_leaves"),
        _later("add_on_leaves", "2025-03-15", add_ons=[], add_ons_total=0.0, subtotal=20.0),
    ],
    "pause_over": [
        *subscription("pause_over"), _later("pause_over", "2025-04-05", state="paused", paused_at=DUE,
                                            remaining_pause_cycles=1),
        _later("pause_over", "2025-05-05", **_period("2025-05-05", "2025-06-05")),
    ],
    "left": [
        *subscription("left"), _later("left", "2025-03-15", state="canceled", canceled_at="2025-03-15T09:00:00Z",
                                      auto_renew=False, expires_at=DUE),
        _later("left", "2025-04-05", state="expired", canceled_at="2025-03-15T09:00:00Z", expires_at=DUE,
               expiration_reason="canceled"),
    ],
    "back_later": [
        _later("back_later", "2025-04-05", state="expired", canceled_at="2025-03-15T09:00:00Z", expires_at=DUE,
               expiration_reason="canceled"),
        *subscription("back_later-2", created_at="2025-06-05T09:00:00Z", updated_at="2025-06-05T09:00:00Z",
                      activated_at="2025-06-05T09:00:00Z", **_period("2025-06-05", "2025-07-05")),
    ],
    "given": subscription("given", started_with_gift=True, expires_at=DUE, auto_renew=False),
    "coupon_of_all": subscription("coupon_of_all", coupon_redemptions=[_COUPON[0] | {"discounted": 40.0}]),
    "declined_thrice": [
        each | {"id": f"txn-declined_thrice-{day}", "collected_at": f"2025-03-{day:02}T09:00:00Z"}
        for day in (5, 8, 12)
        for each in transaction("declined_thrice", status="declined", success=False, status_code="insufficient_funds")
    ],
    "declined_then_paid": [
        *transaction("declined_then_paid", id="txn-dtp-1", status="declined", success=False),
        *transaction("declined_then_paid", id="txn-dtp-2", collected_at="2025-03-08T09:00:00Z"),
    ],
    "paid_twice_told": transaction("paid_twice_told") * 2,
    "paid_once": transaction("paid_once", subscription_ids=[], origin="api"),
    "paid_by_hand": transaction("paid_by_hand", origin="external_recovery", collection_method="manual",
                                payment_method={"object": "check"}, billing_address=None),
    "paid_of_yen": transaction("paid_of_yen", currency="JPY", amount=3000.0),
    "refunds": [
        *transaction("refunds"),
        *(each | {"id": f"txn-refunds-{number}", "original_transaction_id": "txn-refunds", "amount": amount}
          for number, amount in ((1, 10.0), (2, 20.0)) for each in transaction("refunds", **_REFUND)),
    ],
}  # fmt: skip
