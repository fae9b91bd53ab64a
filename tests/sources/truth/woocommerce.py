"""Resources of WooCommerce and its Subscriptions as their REST API shows them, one subscription a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]
AT, DUE = "2025-03-05T09:00:00", "2025-04-05T09:00:00"


def subscription(number: int, **fields: Any) -> Payload:
    """A subscription of 11.90 a month: 11.00 less 1.00, and 1.90 of tax."""
    return {
        "id": number,
        "parent_id": 1,
        "status": "active",
        "currency": "EUR",
        "version": "9.0",
        "prices_include_tax": False,
        "date_created": AT,
        "date_created_gmt": AT,
        "date_modified": AT,
        "date_modified_gmt": AT,
        "discount_total": "1.00",
        "discount_tax": "0.19",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "cart_tax": "1.90",
        "total": "11.90",
        "total_tax": "1.90",
        "customer_id": 7,
        "order_key": "wc_order_1",
        "customer_note": "",
        "number": str(number),
        "billing": {"first_name": "A", "email": "A@example.com", "country": "DE", "city": "B", "postcode": "1"},
        "shipping": {"country": "DE"},
        "payment_method": "stripe",
        "payment_method_title": "Card",
        "created_via": "checkout",
        "billing_period": "month",
        "billing_interval": "1",
        "start_date_gmt": AT,
        "trial_end_date_gmt": "",
        "next_payment_date_gmt": DUE,
        "last_payment_date_gmt": AT,
        "cancelled_date_gmt": "",
        "end_date_gmt": "",
        "suspension_count": 0,
        "requires_manual_renewal": False,
        "resubscribed_from": "",
        "resubscribed_subscription": "",
        "line_items": [
            {"id": 1, "name": "Monthly", "product_id": 5, "variation_id": 0, "quantity": 1, "total": "10.00"}
        ],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [{"id": 1, "code": "spring"}],
        "removed_line_items": [],
        "meta_data": [{"id": 1, "key": "_x", "value": "y"}],
        "_links": {},
    } | fields


def order(number: int, **fields: Any) -> Payload:
    """An order that renews the subscription of the number before it."""
    renewed = [{"id": 1, "key": "_subscription_renewal", "value": str(number - 1)}]
    whole = subscription(
        number, status="processing", date_paid_gmt=AT, transaction_id=f"ch_{number}", meta_data=renewed
    )
    gone = ("billing_period", "billing_interval", "next_payment_date_gmt", "trial_end_date_gmt", "end_date_gmt")
    return {name: value for name, value in whole.items() if name not in gone} | {"refunds": []} | fields


_GIVEN_BACK = {"id": 401, "reason": "late", "total": "-4.00"}
_MAY = "2025-05-05T09:00:00"
CASES: dict[str, list[Payload]] = {
    "active": [subscription(100)],
    "active_quarter": [subscription(110, billing_interval="3")],
    "active_week": [subscription(120, billing_period="week", billing_interval="2")],
    "active_guest": [subscription(130, customer_id=0)],
    "active_plain": [subscription(140, discount_total="0.00", total_tax="0.00", total="10.00", coupon_lines=[])],
    "trial": [subscription(150, trial_end_date_gmt="2025-03-19T09:00:00")],
    "trial_over": [subscription(160, trial_end_date_gmt="2025-02-19T09:00:00")],
    "wish": [subscription(170, status="pending-cancel", end_date_gmt=DUE, next_payment_date_gmt="")],
    "trial_wish": [subscription(180, status="pending-cancel", trial_end_date_gmt="2025-03-19T09:00:00")],
    "hold": [subscription(190, status="on-hold")],
    "cancelled": [subscription(200, status="cancelled")],
    "expired": [subscription(210, status="expired")],
    "switched": [subscription(220, status="switched")],
    "trashed": [subscription(230, status="trash")],
    "pending": [subscription(240, status="pending")],
    "paid": [order(250)],
    "paid_completed": [order(260, status="completed")],
    "paid_first": [order(270, meta_data=[])],
    "unpaid": [order(280, status="pending", date_paid_gmt=None)],
    "failed": [order(290, status="failed", date_paid_gmt=None)],
    "refunded": [order(300, status="refunded", refunds=[{"id": 1, "reason": "", "total": "-11.90"}])],
    "refunded_unlisted": [order(301 + 9, status="refunded")],
    "refunded_in_part": [
        order(400, date_modified_gmt="2025-03-06T09:00:00"),
        order(400, date_modified_gmt="2025-03-09T09:00:00", refunds=[_GIVEN_BACK]),
        order(400, date_modified_gmt="2025-03-10T09:00:00", status="completed", refunds=[_GIVEN_BACK]),
        order(400, date_modified_gmt="2025-03-12T09:00:00", status="refunded",
              refunds=[{"id": 402, "reason": "", "total": "-7.90"}, _GIVEN_BACK]),
    ],
    "paid_later": [
        order(410, status="pending", date_paid_gmt=None, transaction_id=""),
        order(410, status="on-hold", date_paid_gmt=None, transaction_id=""),
        order(410, transaction_id="", date_paid_gmt="2025-03-07T09:00:00", date_modified_gmt="2025-03-07T09:00:01"),
        order(410, transaction_id="", date_paid_gmt="2025-03-07T09:00:00", date_modified_gmt="2025-03-08T09:00:01",
              status="completed"),
    ],
    "retried": [
        order(420, status="failed", date_paid_gmt=None, transaction_id="ch_1"),
        order(420, transaction_id="ch_2", date_modified_gmt="2025-03-07T09:00:00", date_paid_gmt="2025-03-07T09:00:00"),
    ],
    "cancelled_order": [order(430, status="cancelled", date_paid_gmt=None)],
    "switch_order": [order(440, meta_data=[{"id": 9, "key": "_subscription_switch", "value": "439"}])],
    "meta_of_all_kinds": [order(450, meta_data=[
        {"id": 1, "key": "_list", "value": ["a", 1]}, {"id": 2, "key": "_map", "value": {"k": "v"}},
        {"id": 3, "key": "_subscription_renewal", "value": 449}, {"id": 4, "key": "_none", "value": None}])],
    "two_lines": [subscription(
        460, discount_total="0.00", coupon_lines=[], shipping_total="5.00", total="33.80", total_tax="4.80",
        line_items=[
            {"id": 1, "name": "Monthly", "product_id": 5, "variation_id": 0, "quantity": 2, "total": "20.00"},
            {"id": 2, "name": "Sports", "product_id": 6, "variation_id": 61, "quantity": 1, "total": "4.00"},
        ],
        shipping_lines=[{"id": 3, "method_title": "Flat Rate", "total": "5.00", "total_tax": "0.00", "taxes": []}],
    )],
    "yen": [subscription(470, currency="JPY", discount_total="0", total="1100", total_tax="100")],
    "dinar": [subscription(480, currency="KWD", discount_total="0.000", total="2.750", total_tax="0.250")],
    "year": [subscription(490, billing_period="year")],
    "four_weeks": [subscription(500, billing_period="day", billing_interval="28")],
    "manual": [subscription(510, payment_method="", payment_method_title="", requires_manual_renewal=True)],
    "came_back": [
        subscription(520, status="pending-cancel", next_payment_date_gmt="", end_date_gmt=DUE),
        subscription(520, date_modified_gmt="2025-03-20T09:00:00"),
    ],
    "held_and_paid": [
        subscription(530, status="on-hold", date_modified_gmt="2025-04-05T09:00:01"),
        subscription(530, date_modified_gmt="2025-04-07T09:00:01", next_payment_date_gmt="2025-05-05T09:00:00"),
    ],
    "held_within_a_second": [
        subscription(531),
        subscription(531, status="on-hold", date_modified_gmt="2025-04-05T09:00:01"),
        subscription(531, date_modified_gmt="2025-04-05T09:00:01", next_payment_date_gmt="2025-05-05T09:00:00"),
    ],
    "resubscribed": [
        subscription(540, status="cancelled", resubscribed_subscription="541"),
        subscription(541, resubscribed_from="540", parent_id=539),
    ],
    "last_payment": [subscription(550, next_payment_date_gmt="", end_date_gmt=DUE)],
    "free": [order(310, total="0.00", total_tax="0.00")],
    "unknown": [subscription(320, status="purple")],
    "no_resource": [{"webhook_id": 3}],
    "told_twice": [subscription(600), subscription(600)],
    "renewed": [subscription(605), subscription(605, date_modified_gmt=DUE, next_payment_date_gmt=_MAY,
                                                last_payment_date_gmt=DUE)],
    "renewed_first": [
        subscription(610, date_modified_gmt=DUE, next_payment_date_gmt=_MAY, last_payment_date_gmt=DUE),
        subscription(610),
    ],
    "half_year": [subscription(615, billing_interval="6")],
    "two_years": [subscription(620, billing_period="year", billing_interval="2")],
    "daily": [subscription(625, billing_period="day", billing_interval="1")],
    "prices_with_tax": [subscription(630, prices_include_tax=True)],
    "free_plan": [subscription(635, discount_total="0.00", discount_tax="0.00", cart_tax="0.00", total="0.00",
                               total_tax="0.00", coupon_lines=[])],
    "whole_discount": [subscription(640, discount_total="11.00", cart_tax="0.00", total="0.00", total_tax="0.00")],
    "with_a_fee": [subscription(645, discount_total="0.00", coupon_lines=[], total="13.09", total_tax="2.09",
                                fee_lines=[{"id": 9, "name": "Handling", "total": "1.00", "total_tax": "0.19"}])],
    "dearer": [subscription(650), subscription(650, date_modified_gmt="2025-03-20T09:00:00", total="23.80",
                                               total_tax="3.80")],
    "trial_paid": [
        subscription(655, trial_end_date_gmt="2025-03-19T09:00:00"),
        subscription(655, trial_end_date_gmt="2025-03-19T09:00:00", date_modified_gmt="2025-03-19T09:00:01"),
    ],
    "trial_left": [
        subscription(660, trial_end_date_gmt="2025-03-19T09:00:00"),
        subscription(660, status="cancelled", trial_end_date_gmt="2025-03-19T09:00:00",
                     date_modified_gmt="2025-03-10T09:00:00", cancelled_date_gmt="2025-03-10T09:00:00"),
    ],
    "left": [
        subscription(665), subscription(665, status="pending-cancel", date_modified_gmt="2025-03-10T09:00:00",
                                        end_date_gmt=DUE, next_payment_date_gmt=""),
        subscription(665, status="cancelled", date_modified_gmt=DUE, end_date_gmt=DUE, next_payment_date_gmt=""),
    ],
    "held_and_left": [
        subscription(670), subscription(670, status="on-hold", date_modified_gmt=DUE),
        subscription(670, status="cancelled", date_modified_gmt=_MAY),
    ],
    "switched_to": [
        subscription(675, status="switched", date_modified_gmt="2025-03-20T09:00:00"),
        subscription(676, start_date_gmt="2025-03-20T09:00:00", date_created_gmt="2025-03-20T09:00:00",
                     date_modified_gmt="2025-03-20T09:00:00", total="23.80", total_tax="3.80"),
    ],
    "nothing_told": [subscription(680, coupon_lines=[], discount_total="0", line_items=[], tax_lines=None,
                                  meta_data=None, shipping=None, order_key=None, total="11.90")],
    "paid_twice_told": [order(685), order(685)],
    "paid_yen": [order(690, currency="JPY", total="1100", total_tax="100", discount_total="0")],
    "paid_by_hand": [order(695, payment_method="cheque", transaction_id="", payment_method_title="Cheque")],
    "failed_twice": [
        order(700, status="failed", date_paid_gmt=None, transaction_id="ch_1"),
        order(700, status="failed", date_paid_gmt=None, transaction_id="ch_1"),
    ],
    "draft": [order(705, status="checkout-draft", date_paid_gmt=None)],
}  # fmt: skip
