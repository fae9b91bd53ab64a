"""Small inputs whose right value is known by hand, in the shape of public bug reports about stores and gateways."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.sources.delivering import Inbox
from tests.sources.stories import apple, google, paypal
from tests.sources.stories.google import money, notification, push

Payload = dict[str, Any]


def events(inbox: Inbox, *columns: str) -> list[str]:
    """Type, day and further columns of the subscription events, a line each, in their order."""
    chosen = ("event_type", "strftime(occurred_at, '%m-%d') as day", *columns)
    rows = inbox.rows("subscription_events", *chosen, order_by="occurred_at, event_id")
    return [" ".join(str(value) for value in row.values()) for row in rows]


def paid(inbox: Inbox) -> dict[str, str]:
    """The sum of the payments of each subscription, what was given back taken off."""
    plus = "event_type in ('succeeded', 'chargeback_reversed')"
    sign = f"case when {plus} then 1 when event_type = 'failed' then 0 else -1 end"
    rows = inbox.rows("payment_events", "coalesce(subscription_id, 'none') as of_whom", f"amount * {sign} as net")
    groups = itertools.groupby(sorted(rows, key=lambda row: row["of_whom"]), key=lambda row: row["of_whom"])
    return {name: f"{sum(row['net'] for row in group):.2f}" for name, group in groups}


@pytest.mark.parametrize(
    ("days", "months", "interval"), [(25, 1, "month 1"), (1, 1, "month 1"), (27, 3, "month 3"), (28, 12, "year 1")]
)
def test_a_recovery_in_grace_keeps_the_interval(days: int, months: int, interval: str, inbox: Inbox) -> None:
    """A month recovered with six days left of its period was taken for a week, and MRR rose by 33.30."""
    before, due = "2025-01-05T10:00:00", f"{2025 + months // 12}-{1 + months % 12:02}-05T10:00:00"
    recovered = f"{due[:8]}{5 + days:02}T08:00:00" if 5 + days <= 28 else f"{due[:5]}{int(due[5:7]) + 1:02}-02T08:00:00"
    following = 1 + 2 * months
    until = f"{2025 + (following - 1) // 12}-{(following - 1) % 12 + 1:02}-05T10:00:00"
    bought = apple.transaction(before, due)
    late = apple.transaction(recovered, until)
    failing = apple.renewal(gracePeriodExpiresDate=apple.milliseconds(due) + 28 * 86_400_000)
    inbox.deliver("apple", [apple.notification("DID_RENEW/BILLING_RECOVERY", recovered, late)])
    # The context arrives after what it explains.
    inbox.deliver(
        "apple",
        [
            apple.notification("DID_FAIL_TO_RENEW/GRACE_PERIOD", due, bought, failing),
            apple.notification("SUBSCRIBED/INITIAL_BUY", before, bought),
        ],
    )
    intervals = {
        f"{row['billing_interval']} {row['billing_interval_count']}"
        for row in inbox.rows("subscription_events", "billing_interval", "billing_interval_count")
        if "billing_interval" in row
    }
    assert intervals == {interval}
    assert inbox.rejections() == []


def told(number: int, at: str, token: str, message_id: str | None = None) -> Payload:
    """A notification of Google about a token."""
    return notification(number, at, token=token, message_id=message_id)


def item(product: str, price: int, expires: str | None, **fields: Any) -> Payload:
    """A line item of Google's subscriptionsv2 resource."""
    found: Payload = {
        "productId": product,
        "offerDetails": {"basePlanId": f"{product}-plan", "offerTags": []},
        "autoRenewingPlan": {"autoRenewEnabled": True, "recurringPrice": money(price, 0)},
    }
    if expires:
        found |= {"expiryTime": f"{expires}Z", "latestSuccessfulOrderId": "GPA.1"}
    return found | fields


def purchase(fetched: str, token: str, items: list[Payload], **fields: Any) -> Payload:
    """What was fetched of a purchase with these items."""
    return google.purchase(fetched, "2025-04-05T10:00:00", token=token, lineItems=items, **fields)


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("looks_again", [False, True])
def test_a_deferred_replacement_takes_effect_at_the_renewal(
    *, is_reversed: bool, looks_again: bool, inbox: Inbox
) -> None:
    """A downgrade put off to 5 April fell on 15 March, or nowhere, by the order of the items."""

    def items(*them: Payload) -> list[Payload]:
        return list(them)[::-1] if is_reversed else list(them)

    leaving = item("gold", 20, "2025-04-05T10:00:00", deferredItemReplacement={"productId": "silver"})
    payloads = [
        told(google.PURCHASED, "2025-03-05T10:00:05", "t1"),
        purchase("2025-03-05T10:00:10", "t1", [item("gold", 20, "2025-04-05T10:00:00")]),
        told(google.PURCHASED, "2025-03-15T09:00:05", "t2"),
        purchase(
            "2025-03-15T09:00:10", "t2", items(leaving, item("silver", 10, None)),
            linkedPurchaseToken="t1", startTime="2025-03-15T09:00:00Z",
        ),
        told(google.RENEWED, "2025-04-05T10:00:30", "t2"),
    ]  # fmt: skip
    if looks_again:
        kept = [item("silver", 10, "2025-05-05T10:00:00"), item("gold", 20, "2025-04-05T10:00:00")]
        payloads.append(purchase("2025-04-05T10:00:40", "t2", items(*kept), linkedPurchaseToken="t1"))
    inbox.deliver("google", payloads)
    found = events(inbox, "subscription_id", "offer_id", "amount", "replaces_subscription_id")
    assert [line for line in found if not line.startswith("ended")] == [
        "started 03-05 t1 gold 20.0000",
        "started 03-15 t2 gold 20.0000 t1",
        "renewed 04-05 t2 silver 10.0000",
    ]


def test_add_ons_are_part_of_the_price_until_they_are_removed(inbox: Inbox) -> None:
    """Of a base plan for 10 with an add-on for 5 only the base counted."""
    until = "2025-04-05T10:00:00"
    addon = item("addon", 5, until)
    inbox.deliver(
        "google",
        [
            told(google.PURCHASED, "2025-03-05T10:00:05", "a"),
            purchase("2025-03-05T10:00:10", "a", [item("base", 10, until), addon]),
            told(google.PURCHASED, "2025-03-05T10:00:05", "b", message_id="b1"),
            purchase("2025-03-05T10:00:10", "b", [item("base", 10, until), addon | {"deferredItemRemoval": {}}]),
            told(google.RENEWED, "2025-04-05T10:00:05", "b", message_id="b2"),
        ],
    )
    assert sorted(events(inbox, "subscription_id", "amount")) == [
        "renewed 04-05 b 10.0000",
        "started 03-05 a 15.0000",
        "started 03-05 b 15.0000",
    ]


def test_a_prepaid_plan_and_a_pending_purchase_are_loaded(inbox: Inbox) -> None:
    """A purchase of a prepaid plan waited for a recurring price for ever, and one that was never paid as well."""
    prepaid = item("pre", 0, "2025-04-25T10:00:00", prepaidPlan={"allowExtendAfterTime": "2025-04-20T10:00:00Z"})
    del prepaid["autoRenewingPlan"]
    inbox.deliver(
        "google",
        [
            told(google.PURCHASED, "2025-03-25T10:00:05", "prepaid"),
            purchase("2025-03-25T10:00:10", "prepaid", [prepaid]),
            told(google.PURCHASED, "2025-03-25T10:00:05", "pending", message_id="p1"),
            purchase(
                "2025-03-25T10:00:10",
                "pending",
                [item("base", 10, None)],
                subscriptionState="SUBSCRIPTION_STATE_PENDING",
            ),
        ],
    )
    assert inbox.rejections() == []
    assert events(inbox) == []
    # Once it is paid, Google tells the purchase.
    inbox.deliver(
        "google",
        [
            told(google.PURCHASED, "2025-03-27T08:00:05", "pending", message_id="p2"),
            purchase("2025-03-27T08:00:10", "pending", [item("base", 10, "2025-04-27T08:00:00")]),
        ],
    )
    assert events(inbox, "subscription_id", "amount") == ["started 03-27 pending 10.0000"]


def test_a_voided_purchase_is_kept(inbox: Inbox) -> None:
    """A voided purchase names no amount; the order's history brings it, and until then its id says what is missing."""
    content = {"version": "1.0", "packageName": "example.tv", "eventTimeMillis": "1741165200000"}
    voided = {"purchaseToken": "a", "orderId": "GPA.1", "productType": 1, "refundType": 1}
    inbox.deliver("google", [push(content | {"voidedPurchaseNotification": voided}, "v1")])
    (kept,) = inbox.rows("other_events")
    assert (kept["event_type"], kept["subject_id"]) == ("VOIDED_PURCHASE", "GPA.1")


def plan(name: str, *cycles: tuple[str, str, int, int, str], **fields: Any) -> Payload:
    """A plan of PayPal; a cycle is its tenure, unit, count, total of cycles and price."""
    told = [
        {
            "tenure_type": tenure,
            "sequence": number,
            "total_cycles": total,
            "frequency": {"interval_unit": unit, "interval_count": count},
            "pricing_scheme": {"version": 1, "fixed_price": {"value": price, "currency_code": "USD"}},
        }
        for number, (tenure, unit, count, total, price) in enumerate(cycles, start=1)
    ]
    resource = {"id": name, "name": name, "status": "ACTIVE", "billing_cycles": told} | fields
    return paypal_event(f"plan-{name}", "BILLING.PLAN.CREATED", "2025-01-01T00:00:00Z", resource)


def paypal_event(number: str, kind: str, at: str, resource: Payload) -> Payload:
    """The envelope of an event of PayPal."""
    return {
        "id": f"WH-{number}", "event_version": "1.0", "create_time": at, "event_type": kind, "summary": kind,
        "resource_version": "2.0", "resource": resource,
    }  # fmt: skip


def activated(number: str, at: str, next_billing: str | None, *, trial: bool = False, plan_id: str = "P-1") -> Payload:
    """A subscription ``I-<number>`` that begins."""
    executions = [{"tenure_type": "REGULAR", "sequence": 2, "cycles_completed": 0 if trial else 1, "total_cycles": 0}]
    if trial:
        executions.insert(0, {"tenure_type": "TRIAL", "sequence": 1, "cycles_completed": 0, "total_cycles": 1})
    billing: Payload = {"cycle_executions": executions, "failed_payments_count": 0}
    if next_billing:
        billing["next_billing_time"] = next_billing
    resource = {
        "id": f"I-{number}", "plan_id": plan_id, "status": "ACTIVE", "quantity": "1", "custom_id": f"c-{number}",
        "status_update_time": at, "billing_info": billing,
    }  # fmt: skip
    return paypal_event(f"{number}-activated", "BILLING.SUBSCRIPTION.ACTIVATED", at, resource)


def sale(number: str, subscription: str, at: str, total: str, kind: str = "COMPLETED", **fields: Any) -> Payload:
    """Money that PayPal took or gave back."""
    resource: Payload = {
        "id": f"S-{number}", "state": "completed", "create_time": at,
        "amount": {"total": total, "currency": "USD", "details": {"subtotal": total}},
    }  # fmt: skip
    if subscription:
        resource["billing_agreement_id"] = f"I-{subscription}"
    return paypal_event(f"sale-{number}", f"PAYMENT.SALE.{kind}", at, resource | fields)


MONTHLY = plan("P-1", ("REGULAR", "MONTH", 1, 0, "10.00"))


@pytest.mark.parametrize(
    ("cycle", "day"),
    [
        (("TRIAL", "DAY", 14, 1, "0"), "03-19"),
        (("TRIAL", "WEEK", 1, 2, "0"), "03-19"),
        (("TRIAL", "MONTH", 1, 1, "0"), "04-05"),
    ],
)
def test_a_trial_lasts_what_its_plan_says(cycle: tuple[str, str, int, int, str], day: str, inbox: Inbox) -> None:
    """PayPal told the day on which a trial began as its next billing, and the trial was quarantined."""
    trial = plan("P-1", cycle, ("REGULAR", "MONTH", 1, 0, "10.00"))
    start = "2025-03-05T10:00:00Z"
    inbox.deliver(
        "paypal", [trial, activated("A", start, start, trial=True), sale("1", "A", f"2025-{day}T10:10:00Z", "10.00")]
    )
    assert inbox.rejections() == []
    assert events(inbox, "amount", "strftime(period_end, '%m-%d') as until")[:2] == [
        f"trial_started 03-05 10.0000 {day}",
        f"trial_converted {day} 10.0000 {int(day[:2]) + 1:02}-{day[3:]}",
    ]


def test_a_trial_that_costs_something_is_a_start_at_a_discount(inbox: Inbox) -> None:
    """A first month for one dollar was a free trial, and its dollar nobody's revenue of a subscription."""
    cheap = plan("P-1", ("TRIAL", "MONTH", 1, 1, "1.00"), ("REGULAR", "MONTH", 1, 0, "10.00"))
    start, end = "2025-03-05T10:00:00Z", "2025-04-05T10:00:00Z"
    first, second = sale("1", "A", "2025-03-05T10:00:30Z", "1.00"), sale("2", "A", end, "10.00")
    inbox.deliver("paypal", [cheap, activated("A", start, end, trial=True), first, second])
    assert events(inbox, "amount", "discount_amount", "strftime(discount_ends_at, '%m-%d') as until") == [
        "started 03-05 10.0000 9.0000 04-05",
        "renewed 04-05 10.0000 0.0000",
    ]
    assert paid(inbox) == {"I-A": "11.00"}


def test_a_payment_that_comes_with_the_next_cycle_is_no_other_price(inbox: Inbox) -> None:
    """A failed payment that was taken with the one after it, 31 days later, was churn, a return and twice the price."""
    start = "2025-02-05T10:00:00Z"
    failed = activated("A", "2025-03-05T10:00:30Z", "2025-04-05T10:00:00Z")
    failed["event_type"], failed["id"] = "BILLING.SUBSCRIPTION.PAYMENT.FAILED", "WH-failed"
    failed["resource"]["billing_info"] |= {
        "failed_payments_count": 1,
        "last_failed_payment": {"amount": {"currency_code": "USD", "value": "10.00"}, "time": "2025-03-05T10:00:30Z"},
    }
    inbox.deliver(
        "paypal",
        [
            MONTHLY, activated("A", start, "2025-03-05T10:00:00Z"), sale("1", "A", "2025-02-05T10:00:30Z", "15.00"),
            failed, sale("2", "A", "2025-04-05T10:00:30Z", "20.00"), sale("3", "A", "2025-05-05T10:00:30Z", "10.00"),
        ],
    )  # fmt: skip
    assert events(inbox, "amount", "strftime(period_end, '%m-%d') as until") == [
        "started 02-05 10.0000 03-05",
        "grace_entered 03-05 04-05",
        "recovered 04-05 05-05",
        "renewed 05-05 10.0000 06-05",
    ]
    assert paid(inbox) == {"I-A": "45.00"}


def test_payments_without_a_plan_are_payments(inbox: Inbox) -> None:
    """A business that had only webhooks, and no plan, saw none of its money."""
    start, end = "2025-03-05T10:00:00Z", "2025-04-05T10:00:00Z"
    sales = [sale("1", "A", "2025-03-05T10:00:30Z", "10.00"), sale("2", "A", "2025-04-05T10:00:30Z", "10.00")]
    inbox.deliver("paypal", [activated("A", start, end, plan_id="P-UNKNOWN"), *sales, sale("3", "B", end, "7.00")])
    assert paid(inbox) == {"I-A": "20.00", "I-B": "7.00"}
    assert events(inbox, "subscription_id", "amount", "billing_interval") == [
        "started 03-05 I-A 10.0000 month",
        "renewed 04-05 I-A 10.0000 month",
    ]
    assert inbox.rejections() == []


def test_refunds_that_name_no_sale_are_counted(inbox: Inbox) -> None:
    """A refund whose sale stands only in its links, or nowhere, was quarantined."""
    at = "2025-04-10T10:00:30Z"
    link = {"href": "https://api.paypal.com/v1/payments/sale/S9", "rel": "sale", "method": "GET"}
    inbox.deliver(
        "paypal",
        [
            MONTHLY, activated("A", "2025-03-05T10:00:00Z", "2025-04-05T10:00:00Z"),
            sale("9", "A", "2025-03-05T10:00:30Z", "10.00", id="S9"),
            sale("r1", "", at, "-4.00", "REFUNDED", links=[link]), sale("r2", "", at, "-3.00", "REFUNDED", links=[]),
        ],
    )  # fmt: skip
    assert paid(inbox) == {"I-A": "6.00", "none": "-3.00"}


def adyen(
    code: str,
    reference: str,
    hour: int,
    value: int,
    *,
    original: str = "P1",
    subscription: str = "s1",
    live: Any = "true",
) -> Payload:
    """A notification with one item that succeeded."""
    entry = {
        "additionalData": {"shopperReference": "c-1"}, "amount": {"currency": "USD", "value": value}, "eventCode": code,
        "eventDate": f"2025-03-05T{hour:02}:00:00+00:00", "merchantAccountCode": "House", "paymentMethod": "visa",
        "merchantReference": f"subscription:{subscription}", "pspReference": reference, "reason": "", "success": "true",
    }  # fmt: skip
    if reference != original:
        entry["originalReference"] = original
    return {"live": live, "notificationItems": [{"NotificationRequestItem": entry}]}


_CAPTURES = {
    "again": ([("CAPTURE", 1000), ("CAPTURE_FAILED", 1000), ("CAPTURE", 1000)], "10.00"),
    "failed": ([("CAPTURE", 1000), ("CAPTURE_FAILED", 1000)], "0.00"),
    "captured": ([("CAPTURE", 1000)], "10.00"),
    "twice": ([("CAPTURE", 1000), ("CAPTURE_FAILED", 1000)] * 2 + [("CAPTURE", 1000)], "10.00"),
    # The rest of what was authorised is captured after a part failed and came back.
    "parts": ([("CAPTURE", 600), ("CAPTURE_FAILED", 600), ("CAPTURE", 600), ("CAPTURE", 400)], "10.00"),
}


def test_a_capture_after_one_that_failed_is_money_again(inbox: Inbox) -> None:
    """A capture that failed was taken off the payment, and the one that then succeeded was not put back."""
    told = []
    for name, (steps, _) in _CAPTURES.items():
        own: dict[str, str] = {"original": f"P-{name}", "subscription": name}
        payloads = [adyen("AUTHORISATION", f"P-{name}", 1, 1000, **own)]
        payloads += [adyen(code, f"C-{name}", hour, value, **own) for hour, (code, value) in enumerate(steps, start=2)]
        told.append(reversed(payloads))
    for payloads_of_each in itertools.zip_longest(*told):  # The last comes first, and each by itself.
        inbox.deliver("adyen", [payload for payload in payloads_of_each if payload])
    assert paid(inbox) == {name: net for name, (_, net) in _CAPTURES.items()}
    assert inbox.rejections() == []


@pytest.mark.parametrize("live", ["false", False, "FALSE"])
def test_the_test_system_of_adyen_is_no_revenue(live: Any, inbox: Inbox) -> None:
    """Test payments of 99.90 were in the month's revenue."""
    inbox.deliver("adyen", [adyen("AUTHORISATION", "P1", 1, 9990, live=live)])
    assert inbox.rejections() == [(1, "sandbox_environment")]
    assert paid(inbox) == {}


def test_a_fee_at_the_start_of_a_trial_converts_nothing(inbox: Inbox) -> None:
    """A set-up fee made a paying subscriber of everybody who tried."""
    trial = plan("P-1", ("TRIAL", "DAY", 14, 1, "0"), ("REGULAR", "MONTH", 1, 0, "10.00"))
    fee, first = sale("1", "A", "2025-03-05T10:00:30Z", "5.00"), sale("2", "A", "2025-03-19T10:00:30Z", "10.00")
    began = activated("A", "2025-03-05T10:00:00Z", "2025-03-19T10:00:00Z", trial=True)
    inbox.deliver("paypal", [trial, began, fee, first])
    assert events(inbox, "amount") == ["trial_started 03-05 10.0000", "trial_converted 03-19 10.0000"]


def test_the_story_of_paypal_has_a_plan() -> None:
    """The stories of these tests would be no proof if the plan were inside the events."""
    assert paypal.payloads()[0]["event_type"] == "BILLING.PLAN.CREATED"
