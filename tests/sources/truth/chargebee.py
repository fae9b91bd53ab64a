"""Events of Chargebee as its API reference shows them, one subscription a case.

Belongs here: cases. Does not belong here: what a payload looks like (``tests.sources.truth.chargebee_payloads``).
"""

from __future__ import annotations

from typing import Any

from tests.sources.truth.chargebee_payloads import DAY, START, event, invoice, item, transaction


def _one(name: str, kind: str, **fields: Any) -> list[dict[str, Any]]:
    return [event(name, kind, **fields)]


_DISCOUNT = [{"object": "discount", "entity_type": "document_level_coupon", "entity_id": "SPRING", "amount": 500}]
_YEN: dict[str, Any] = {
    "currency_code": "JPY", "plan_id": "basic", "plan_quantity": 2, "plan_unit_price": 1200, "plan_amount": 2400,
    "subscription_items": None, "addons": [{"id": "sports", "quantity": 1, "unit_price": 300, "amount": 300}],
}  # fmt: skip
_TRIAL: dict[str, Any] = {"status": "in_trial", "trial_start": START, "trial_end": START + 7 * DAY}
_GONE: dict[str, Any] = {"status": "cancelled", "cancelled_at": START + 31 * DAY, "next_billing_at": None}
_FIVE: dict[str, Any] = {
    "discount_type": "fixed_amount", "discount_percentage": None, "discount_amount": 500, "currency_code": "EUR",
}  # fmt: skip
_OFF = {"object": "discount", "id": "d", "type": "fixed_amount", "amount": 500, "duration_type": "forever",
        "entity_type": "item_level_coupon", "entity_id": "basic-EUR-Monthly"}  # fmt: skip


def _then(name: str, *steps: tuple[str, int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Events of one subscription, each some days after the start."""
    return [
        event(name, kind, **fields) | {"id": f"ev_{name}_{kind}_{day}", "occurred_at": START + day * DAY}
        for kind, day, fields in steps
    ]


def _coupon(name: str, kind: str = "coupon_created", **fields: Any) -> dict[str, Any]:
    """An event of a coupon of 20 % of the invoice, for ever."""
    coupon: dict[str, Any] = {
        "id": f"C-{name}", "name": name, "invoice_name": name, "discount_type": "percentage",
        "discount_percentage": 20.0, "discount_amount": None, "currency_code": None, "duration_type": "forever",
        "valid_till": None, "max_redemptions": None, "status": "active", "apply_on": "invoice_amount",
        "created_at": START, "resource_version": 1, "updated_at": START, "included_in_mrr": False, "redemptions": 0,
        "item_constraints": [{"item_type": kind, "constraint": "none"} for kind in ("plan", "addon", "charge")],
        "item_constraint_criteria": [], "coupon_constraints": [], "object": "coupon",
    }  # fmt: skip
    return {
        "id": f"ev_{kind}_{name}", "occurred_at": START - DAY, "source": "admin_console", "object": "event",
        "api_version": "v2", "event_type": kind, "webhook_status": "scheduled", "content": {"coupon": coupon | fields},
    }  # fmt: skip


def _used(name: str, *coupons: str, kind: str = "subscription_created", till: int | None = None,
          **fields: Any) -> dict[str, Any]:  # fmt: skip
    """An event of a subscription with coupons, its own unless some are named."""
    used = [
        {"coupon_id": f"C-{coupon}", "apply_till": till, "applied_count": 1, "coupon_code": None, "object": "coupon"}
        for coupon in coupons or (name,)
    ]
    return event(name, kind, coupons=used, **fields)


def _reaching(**constraints: str) -> dict[str, Any]:
    """The fields of a coupon for items: what of each type it reaches."""
    return {"apply_on": "each_specified_item", "item_constraints": [
        {"item_type": kind, "constraint": constraint}
        | ({"item_price_ids": ["basic-EUR-Monthly"]} if constraint == "specific" else {})
        for kind, constraint in constraints.items()
    ]}  # fmt: skip


def _plan(unit: int, quantity: int = 1, **fields: Any) -> dict[str, Any]:
    """A subscription of a plan alone."""
    return {"subscription_items": [item("plan-EUR", "plan", quantity, unit, **fields)]}


CASES: dict[str, list[dict[str, Any]]] = {
    "created": _one("created", "subscription_created"),
    "created_trial": _one("created_trial", "subscription_created", status="in_trial", trial_end=START + 7 * DAY),
    "created_future": _one("created_future", "subscription_created", status="future"),
    "created_ending": _one("created_ending", "subscription_created", status="non_renewing"),
    "catalog_1": _one("catalog_1", "subscription_created", **_YEN),
    "started": _one("started", "subscription_started"),
    "activated": _one("activated", "subscription_activated"),
    "renewed": _one("renewed", "subscription_renewed", invoice=invoice()),
    "renewed_quarter": _one("renewed_quarter", "subscription_renewed", billing_period=3),
    "renewed_discount": _one("renewed_discount", "subscription_renewed", invoice=invoice(discounts=_DISCOUNT)),
    "changed": _one("changed", "subscription_changed", billing_period_unit="year"),
    "changed_cancelled": _one("changed_cancelled", "subscription_changed", status="cancelled"),
    "trial_extended": _one("trial_extended", "subscription_trial_extended", status="in_trial", trial_end=START + 9),
    "cancel_scheduled": _one("cancel_scheduled", "subscription_cancellation_scheduled", status="non_renewing"),
    "cancel_removed": _one("cancel_removed", "subscription_scheduled_cancellation_removed"),
    "cancelled_unpaid": _one(
        "cancelled_unpaid", "subscription_cancelled", status="cancelled", cancel_reason="not_paid"
    ),
    "cancelled_card": _one("cancelled_card", "subscription_cancelled", status="cancelled", cancel_reason="no_card"),
    "cancelled_fraud": _one(
        "cancelled_fraud", "subscription_cancelled", status="cancelled", cancel_reason="fraud_review_failed"
    ),
    "cancelled_portal": _one("cancelled_portal", "subscription_cancelled", source="portal", status="cancelled"),
    "cancelled_admin": _one("cancelled_admin", "subscription_cancelled", source="admin_console", status="cancelled"),
    "reactivated": _one("reactivated", "subscription_reactivated"),
    "paused": _one("paused", "subscription_paused", status="paused"),
    "pause_scheduled": _one("pause_scheduled", "subscription_pause_scheduled"),
    "resumed": _one("resumed", "subscription_resumed"),
    "deleted": _one("deleted", "subscription_deleted"),
    "reminder": _one("reminder", "subscription_renewal_reminder"),
    "payment": _one("payment", "payment_succeeded", invoice=invoice(), transaction=transaction("payment")),
    "payment_late": _one(
        "payment_late", "payment_succeeded", transaction=transaction("payment_late"),
        invoice=invoice(dunning_status="success", dunning_attempts=[{"attempt": 1, "txn_status": "failure"}]),
    ),
    "payment_failed": _one(
        "payment_failed", "payment_failed", invoice=invoice(status="payment_due", dunning_status="in_progress"),
        transaction=transaction("payment_failed", status="failure", error_code="card_declined"),
    ),
    "payment_refunded": _one(
        "payment_refunded", "payment_refunded",
        transaction=transaction("payment_refunded", type="refund", amount=1000, refunded_txn_id="txn_1",
                                linked_payments=[{"id": "txn_1", "status": "success", "amount": 2975, "date": START}]),
    ),
    "yearly_addon": _one("yearly_addon", "subscription_created", subscription_items=[
        item("basic-EUR-Monthly", "plan", 2, 1000, billing_period=1, billing_period_unit="month"),
        item("archive-EUR-Yearly", "addon", 1, 12000, billing_period=1, billing_period_unit="year"),
    ]),
    "monthly_addon": _one("monthly_addon", "subscription_renewed", billing_period_unit="year", subscription_items=[
        item("basic-EUR-Yearly", "plan", 1, 10000, billing_period=1, billing_period_unit="year"),
        item("sports-EUR-Quarterly", "addon", 1, 1000, billing_period=3, billing_period_unit="month"),
    ]),
    "tiered": _one("tiered", "subscription_renewed", subscription_items=[
        {"item_price_id": "seats", "item_type": "plan", "quantity": 12, "amount": 9900, "object": "subscription_item"},
    ], item_tiers=[{"item_price_id": "seats", "starting_unit": 1, "ending_unit": 10, "price": 900, "index": 0}]),
    "in_decimals": _one("in_decimals", "subscription_created", subscription_items=[
        {"item_price_id": "calls", "item_type": "plan", "quantity_in_decimal": "1000.5",
         "unit_price_in_decimal": "0.02", "amount_in_decimal": "20.01", "object": "subscription_item"},
    ]),
    "dinar": _one("dinar", "subscription_created", currency_code="KWD", subscription_items=[
        item("basic-KWD", "plan", 1, 2500)]),
    "credits_used": _one("credits_used", "subscription_renewed", invoice=invoice(total=1475, discounts=[
        {"object": "discount", "entity_type": "promotional_credits", "description": "Credits", "amount": 1500},
    ])),
    "change_credited": _one("change_credited", "subscription_changed", invoice=invoice(total=1475, discounts=[
        {"object": "discount", "entity_type": "prorated_credits", "amount": 1000},
        {"object": "discount", "entity_type": "item_level_discount", "entity_id": "d", "amount": 200,
         "discount_type": "fixed_amount", "line_item_id": "li"},
    ])),
    "whole_discount": _one("whole_discount", "subscription_renewed", invoice=invoice(total=0, discounts=[
        {"object": "discount", "entity_type": "document_level_coupon", "entity_id": "FREE", "amount": 3400}])),
    "cancelled_tax": _one(
        "cancelled_tax", "subscription_cancelled", status="cancelled", cancel_reason="tax_calculation_failed"),
    "cancelled_hosted": _one(
        "cancelled_hosted", "subscription_cancelled", source="hosted_page", status="cancelled",
        cancel_reason_code="Too expensive"),
    "trial_cancelled": _one(
        "trial_cancelled", "subscription_cancelled", source="portal", status="cancelled", trial_end=START),
    "reactivated_trial": _one(
        "reactivated_trial", "subscription_reactivated", status="in_trial", trial_end=START + 7 * DAY),
    "renewed_ending": _one("renewed_ending", "subscription_renewed", status="non_renewing"),
    "failed_cancelled": _one(
        "failed_cancelled", "payment_failed", status="cancelled", cancel_reason="not_paid",
        transaction=transaction("failed_cancelled", status="failure", error_code="expired_card")),
    "charged_back": _one("charged_back", "transaction_created", transaction=transaction(
        "charged_back", type="payment_reversal", reference_transaction_id="txn_1")),
    "authorized": _one("authorized", "transaction_created", transaction=transaction(
        "authorized", type="authorization", authorization_reason="blocking_funds")),
    "yen_paid": _one("yen_paid", "payment_succeeded", invoice=invoice(currency_code="JPY", total=3000, tax=300),
                     transaction=transaction("yen_paid", currency_code="JPY", amount=3000)),
    "refund_begun": _one("refund_begun", "refund_initiated", transaction=transaction(
        "refund_begun", type="refund", status="in_progress")),
    "moved": _one("moved", "subscription_moved_out", status="transferred"),
    "in_app_store": [{
        "id": "ev_in_app_store", "occurred_at": START, "source": "external_service", "object": "event",
        "api_version": "v2", "event_type": "omnichannel_subscription_created", "webhook_status": "scheduled",
        "content": {"omnichannel_subscription": {"id": "o", "source": "apple_app_store", "customer_id": "c-1"}},
    }],
    "customer": _one("customer", "customer_changed"),
    "unknown": _one("unknown", "subscription_turned_purple"),
    "weekly": _one("weekly", "subscription_created", billing_period_unit="week"),
    "daily_30": _one("daily_30", "subscription_created", billing_period_unit="day", billing_period=30),
    "half_year": _one("half_year", "subscription_created", billing_period=6),
    "free_plan": _one("free_plan", "subscription_created", **_plan(0)),
    "free_seats": _one("free_seats", "subscription_created", **_plan(1000, 3, free_quantity=1, amount=2000)),
    "usage_beside": _one("usage_beside", "subscription_created", subscription_items=[
        item("basic-EUR", "plan", 1, 1000), item("minutes-EUR", "addon", 1, 2) | {
            "metered_quantity": "0", "amount": None, "quantity": None}]),
    "chile": _one("chile", "subscription_created", currency_code="CLP", **_plan(9990)),
    "backdated": _one("backdated", "subscription_created_with_backdating", start_date=START - 30 * DAY),
    "backdated_trial_over": _one("backdated_trial_over", "subscription_activated_with_backdating"),
    "backdated_change": _one("backdated_change", "subscription_changed_with_backdating", **_plan(3000)),
    "backdated_end": _one("backdated_end", "subscription_canceled_with_backdating", source="portal", **_GONE),
    "backdated_return": _one("backdated_return", "subscription_reactivated_with_backdating"),
    "told_twice": _one("told_twice", "subscription_created") * 2,
    "told_late": _then(
        "told_late", ("subscription_renewed", 31, {}), ("subscription_created", 0, {})
    ),
    "trial_paid": _then(
        "trial_paid", ("subscription_created", 0, _TRIAL), ("subscription_activated", 7, {}),
        ("subscription_renewed", 38, {}),
    ),
    "trial_without_card": _then(
        "trial_without_card", ("subscription_created", 0, _TRIAL),
        ("subscription_cancelled", 7, _GONE | {"cancel_reason": "no_card"}),
    ),
    "price_and_renewal": _then(
        "price_and_renewal", ("subscription_created", 0, {}), ("subscription_changes_scheduled", 10, {
            "has_scheduled_changes": True}),
        ("subscription_changed", 31, _plan(3000)), ("subscription_renewed", 31, _plan(3000)),
    ),
    "yearly_at_the_end": _then(
        "yearly_at_the_end", ("subscription_created", 0, {}),
        ("subscription_changed", 31, _plan(24000) | {"billing_period_unit": "year"}),
    ),
    "seats_fewer": _then(
        "seats_fewer", ("subscription_created", 0, _plan(1000, 3)), ("subscription_changed", 10, _plan(1000, 2))
    ),
    "add_on_leaves": _then(
        "add_on_leaves", ("subscription_created", 0, {}), ("subscription_changed", 10, _plan(1000, 2))
    ),
    "ends_as_asked": _then(
        "ends_as_asked", ("subscription_created", 0, {}),
        ("subscription_cancellation_scheduled", 10, {"status": "non_renewing", "source": "portal"}),
        ("subscription_cancelled", 31, _GONE),
    ),
    "stays_after_all": _then(
        "stays_after_all", ("subscription_created", 0, {}),
        ("subscription_cancellation_scheduled", 10, {"status": "non_renewing"}),
        ("subscription_scheduled_cancellation_removed", 12, {}), ("subscription_renewed", 31, {}),
    ),
    "back_later": _then(
        "back_later", ("subscription_created", 0, {}), ("subscription_cancelled", 31, _GONE | {"source": "portal"}),
        ("subscription_reactivated", 60, {}),
    ),
    "paused_and_back": _then(
        "paused_and_back", ("subscription_created", 0, {}), ("subscription_paused", 31, {"status": "paused"}),
        ("subscription_resumption_scheduled", 40, {"status": "paused"}), ("subscription_resumed", 61, {}),
    ),
    "not_paid_for_long": [
        *_then("not_paid_for_long", ("subscription_created", 0, {})),
        *(event("not_paid_for_long", "payment_failed",
                invoice=invoice(status="payment_due", dunning_status="in_progress"),
                transaction=transaction(f"not_paid_{day}", subscription_id="not_paid_for_long", status="failure",
                                        date=START + day * DAY))
          | {"id": f"ev_not_paid_{day}", "occurred_at": START + day * DAY} for day in (31, 34)),
        *_then("not_paid_for_long", ("subscription_cancelled", 41, _GONE | {"cancel_reason": "not_paid"})),
    ],
    "discount_of_its_own": _one("discount_of_its_own", "subscription_renewed", discounts=[
        _OFF | {"entity_type": "document_level_discount", "apply_on": "invoice_amount"}]),
    "discounts_of_two_kinds": _one("discounts_of_two_kinds", "subscription_renewed", invoice=invoice(
        discounts=[*_DISCOUNT, _OFF | {"amount": 300}])),
    "ramp": _one("ramp", "subscription_ramp_applied", **_plan(3000)),
    "ramp_created": _one("ramp_created", "subscription_ramp_created"),
    "address": _one("address", "subscription_shipping_address_updated"),
    "changes_removed": _one("changes_removed", "subscription_scheduled_changes_removed"),
    "mrr_told": _one("mrr_told", "mrr_updated"),
    "paid_twice_told": [
        event("paid_twice_told", "payment_succeeded", invoice=invoice(), transaction=transaction("paid_twice_told")),
        event("paid_twice_told", "transaction_created", transaction=transaction("paid_twice_told"))
        | {"id": "ev_paid_twice_told_2"},
    ],
    "paid_offline": _one("paid_offline", "payment_succeeded", invoice=invoice(), transaction=transaction(
        "paid_offline", gateway="not_applicable", payment_method="bank_transfer", id_at_gateway=None)),
    "payment_begun": _one("payment_begun", "payment_initiated", invoice=invoice(status="payment_due"),
                          transaction=transaction(
                              "payment_begun", status="in_progress", payment_method="direct_debit")),
    "credit_note": _one("credit_note", "credit_note_created"),
    "invoiced": _one("invoiced", "invoice_generated", invoice=invoice(status="payment_due")),
    "refunds": [
        event("refunds", "payment_refunded", transaction=transaction(f"refunds_{number}", type="refund", amount=amount,
              refunded_txn_id="txn_1", subscription_id="refunds")) | {"id": f"ev_refunds_{number}"}
        for number, amount in enumerate((1000, 1975))
    ],
    "coupon_told": [_coupon("coupon_told"), _used("coupon_told")],
    "coupon_told_later": [_used("coupon_told_later"), _coupon("coupon_told_later")],
    "coupon_untold": [_used("coupon_untold")],
    "coupon_of_five": [_coupon("coupon_of_five", **_FIVE), _used("coupon_of_five")],
    "coupon_of_too_much": [_coupon("coupon_of_too_much", **_FIVE | {"discount_amount": 4000}),
                           _used("coupon_of_too_much")],
    "coupon_of_dollars": [_coupon("coupon_of_dollars", **_FIVE | {"currency_code": "USD"}),
                          _used("coupon_of_dollars")],
    "coupon_run_out": [_coupon("coupon_run_out", duration_type="limited_period", period=1, period_unit="month"),
                       _used("coupon_run_out", till=START - 1)],
    "coupon_on_the_plan": [
        _coupon("coupon_on_the_plan", discount_percentage=50, **_reaching(plan="specific", addon="none")),
        _used("coupon_on_the_plan")],
    "coupon_on_each": [
        _coupon("coupon_on_each", **_FIVE | {"discount_amount": 300} | _reaching(plan="all", addon="all")),
        _used("coupon_on_each")],
    "coupon_by_family": [_coupon("coupon_by_family", discount_percentage=50, **_reaching(plan="criteria")),
                         _used("coupon_by_family")],
    "coupon_of_units": [_coupon("coupon_of_units", discount_type="offer_quantity", discount_quantity=1,
                                discount_percentage=None), _used("coupon_of_units")],
    "coupons_two": [_coupon("coupons_two"), _coupon("coupons_two_more", **_FIVE),
                    _used("coupons_two", "coupons_two", "coupons_two_more")],
    "coupon_changed": [
        _coupon("coupon_changed"), _used("coupon_changed"),
        _coupon("coupon_changed", "coupon_updated", discount_percentage=40.0) | {"occurred_at": START - 60}],
    "coupon_raised": [
        _coupon("coupon_raised"), _used("coupon_raised"),
        _coupon("coupon_raised", "coupon_updated", discount_percentage=40.0) | {"occurred_at": START + 20 * DAY},
        _used("coupon_raised", kind="subscription_renewed") | {"id": "ev_raised", "occurred_at": START + 31 * DAY}],
    "coupon_in_trial": [_coupon("coupon_in_trial"), _used("coupon_in_trial", **_TRIAL)],
    "coupon_and_invoice": [
        _coupon("coupon_and_invoice"),
        _used("coupon_and_invoice", kind="subscription_renewed", invoice=invoice(
            discounts=[_DISCOUNT[0] | {"amount": 400}], line_items=[{"id": "li", "date_from": START,
                                                                   "date_to": START + 31 * DAY, "amount": 2500}]))],
    "coupon_and_rest": [
        _coupon("coupon_and_rest"),
        _used("coupon_and_rest", kind="subscription_changed", invoice=invoice(
            discounts=[_DISCOUNT[0] | {"amount": 50}], line_items=[{"id": "li", "date_from": START + 25 * DAY,
                                                                  "date_to": START + 31 * DAY, "amount": 250}]))],
    "coupon_catalog_1": [_coupon("coupon_catalog_1", discount_percentage=10),
                         event("coupon_catalog_1", "subscription_created", **_YEN | {"coupons": None},
                               coupon="C-coupon_catalog_1")],
    "nothing_told": _one("nothing_told", "subscription_created", meta_data=None, coupons=None, channel=None,
                         exchange_rate=None, mrr=None, trial_start=None, next_billing_at=None),
}  # fmt: skip
