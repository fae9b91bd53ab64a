"""Cases of subscriptions that businesses change, written from Stripe's API reference: payloads by name of the case.

What each means is in the tables of docs/senders/stripe.md, which the tests read. Belongs here: payloads. Does not
belong here: expected rows.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.billing import before_basil, coupon, discount, item, price, subscription
from tests.sources.stripe.envelopes import BEFORE_BASIL, Payload, at, event
from tests.sources.stripe.odd_cases import rate
from tests.sources.stripe.telling import APRIL, JUNE, MARCH, MAY, created, items_of, several, single, updated

YEAR_LATER = MARCH + 365 * 86_400
_PAUSE = {"behavior": "void", "resumes_at": None}


def _deleted(of: Payload, when: int, reason: str | None = None, **changes: Any) -> Payload:
    details = {"comment": None, "feedback": None, "reason": reason}
    gone = {**of, "status": "canceled", "ended_at": when, "cancellation_details": details, **changes}
    return event("customer.subscription.deleted", gone, when)


def _yearly(name: str, start: int, end: int, unit: int = 10000, **changes: Any) -> Payload:
    of = price(f"price_{name}_year", unit, interval="year")
    return subscription(name, [item(of, start, end, name=f"{name}_year")], **changes)


def _intervals() -> dict[str, list[Payload]]:
    def every(name: str, interval: str, count: int, end: int) -> list[Payload]:
        return [created(several(name, price("p", 1000, interval=interval, count=count), end=end))]

    month, year = price("price_month", 1000), price("price_of_a_year", 12000, interval="year")
    last_april = APRIL - 365 * 86_400
    mixed, later = "mixed-of-which-one-renews", "yearly-at-the-end"
    both = [item(month, MARCH, APRIL), item(year, MARCH, YEAR_LATER)]
    moved = [item(month, APRIL, MAY), item(year, MARCH, YEAR_LATER)]
    return {
        "every-week": every("every-week", "week", 1, at("03-12")),
        "every-second-week": every("every-second-week", "week", 2, at("03-19")),
        "every-half-year": every("every-half-year", "month", 6, at("09-05")),
        "every-day": every("every-day", "day", 1, at("03-06")),
        "yearly-at-once": [
            created(single("yearly-at-once")),
            updated(
                _yearly("yearly-at-once", at("03-20"), YEAR_LATER), at("03-20"), items_of(single("yearly-at-once"))
            ),
        ],
        later: [
            created(single(later)),
            updated(single(later, schedule="sub_sched_1"), at("03-10"), {"schedule": None}),
            updated(_yearly(later, APRIL, YEAR_LATER), APRIL + 20, items_of(single(later))),
        ],
        "monthly-after-a-year": [
            created(_yearly("monthly-after-a-year", last_april, APRIL, created=last_april), last_april),
            updated(
                single("monthly-after-a-year", APRIL, MAY, created=last_april),
                APRIL + 20,
                items_of(_yearly("monthly-after-a-year", last_april, APRIL)),
            ),
        ],
        mixed: [
            created(subscription(mixed, both)),
            updated(subscription(mixed, moved), APRIL + 20, {"items": {"data": both}}),
        ],
        "price-id-alone": [
            created(several("price-id-alone", price("price_old", 1000))),
            updated(
                several("price-id-alone", price("price_new", 1000)),
                at("03-15"),
                items_of(several("price-id-alone", price("price_old", 1000))),
            ),
        ],
        "free-then-paid": [
            created(single("free-then-paid", unit=0)),
            updated(single("free-then-paid"), at("03-15"), items_of(single("free-then-paid", unit=0))),
        ],
        "free-beside-paid": [created(several("free-beside-paid", price("price_free", 0), price("price_paid", 1000)))],
        "plans-of-2019": [_of_2019()],
        "tiers-in-another-currency": [created(several("tiers-in-another-currency", _tiered(), currency="eur"))],
        "tiers-without-an-end": [created(several("tiers-without-an-end", _tiered()))],
        **{
            f"currency-{code}": [created(several(f"currency-{code}", price("p", unit, currency=code), currency=code))]
            for code, unit in (("vnd", 50000), ("clp", 9990), ("xof", 2500), ("bhd", 4500), ("tnd", 12000))
        },
    }


def _of_2019() -> Payload:
    """An item before prices were: a plan alone, and a single discount."""
    thing = before_basil(subscription("plans-of-2019", [item(price("plan_gold", 1000), MARCH, APRIL, quantity=3)]))
    for each in thing["items"]["data"]:
        del each["price"], each["discounts"]
    del thing["discounts"]
    thing["discount"] = discount("di_2019", coupon("half_of_2019", percent_off=50.0))
    return created(thing, version="2019-12-03")


def _tiered() -> Payload:
    def tiers(unit: int) -> list[Payload]:
        return [
            {"flat_amount": None, "flat_amount_decimal": None, "unit_amount": unit, "unit_amount_decimal": str(unit),
             "up_to": None},
        ]  # fmt: skip

    return price(
        "price_tiered", None, billing_scheme="tiered", tiers_mode="graduated", tiers=tiers(1000),
        currency_options={"eur": {"unit_amount": None, "unit_amount_decimal": None, "tiers": tiers(900)}},
    )  # fmt: skip


def _coupons() -> dict[str, list[Payload]]:
    five = coupon("five", amount_off=500, currency="usd", currency_options={"eur": {"amount_off": 400}})
    half, tenth = coupon("half_off", percent_off=50.0), coupon("tenth_off", percent_off=10.0)
    free = coupon("first_one_free", percent_off=100.0, duration="once")
    limited = discount("di_limited", coupon("three", percent_off=50.0, duration="repeating", duration_in_months=3),
                       end=JUNE)  # fmt: skip
    two = [price("price_first", 5000), price("price_second", 5000)]
    on_both = [item(two[0], MARCH, APRIL, discounts=[discount("di_of_item", tenth)]), item(two[1], MARCH, APRIL)]
    product = coupon("much_off", amount_off=8000, currency="usd", applies_to={"products": ["prod_price_first"]})
    yen = coupon("yen", amount_off=300, currency="jpy")
    seats = [item(price("price_seat", 1000), MARCH, APRIL, quantity=3)]
    trial: Any = {"status": "trialing", "trial_start": MARCH, "trial_end": APRIL}
    name, ends = "coupon-added", "coupon-ends-between"
    return {
        "coupon-off-several-seats": [
            created(subscription("coupon-off-several-seats", seats, discounts=[discount("di_seats", five)]))
        ],
        **{
            name: [created(several(name, price("p", unit, currency=money), currency=money, discounts=[off]))]
            for name, unit, money, off in (
                ("coupon-in-another-currency", 1000, "eur", discount("di_eur", five)),
                ("coupon-without-minor-unit", 1200, "jpy", discount("di_yen", yen)),
            )
        },
        "coupon-for-everything": [
            created(single("coupon-for-everything", discounts=[discount("di_free", free)])),
            updated(
                single("coupon-for-everything", APRIL, MAY),
                APRIL + 20,
                {"discounts": ["di_free"], **items_of(single("coupon-for-everything"))},
            ),
        ],
        "coupon-once-of-a-year": [
            created(
                _yearly("coupon-once-of-a-year", MARCH, at("12-31"), discounts=[discount("di_of_a_year", free)]),
            )
        ],
        ends: [
            created(single(ends, discounts=[limited])),
            updated(single(ends, APRIL, MAY, discounts=["di_limited"]), APRIL + 20, items_of(single(ends))),
            updated(
                single(ends, JUNE, at("07-05")),
                JUNE + 20,
                {"discounts": ["di_limited"], **items_of(single(ends, MAY, JUNE))},
            ),
        ],
        "coupon-of-item-and-of-all": [
            created(subscription("coupon-of-item-and-of-all", on_both, discounts=[discount("di_of_all", tenth)]))
        ],
        "coupon-above-its-product": [
            created(several("coupon-above-its-product", *two, discounts=[discount("di_product", product)]))
        ],
        name: [
            created(single(name)),
            updated(single(name, discounts=[discount("di_added", half)]), at("03-15"), {"discounts": []}),
        ],
        "coupon-swapped": [
            created(single("coupon-swapped", discounts=[discount("di_before", half)])),
            updated(
                single("coupon-swapped", discounts=[discount("di_after", tenth)]),
                at("03-15"),
                {"discounts": ["di_before"]},
            ),
        ],
        "coupon-in-a-trial": [
            created(single("coupon-in-a-trial", discounts=[discount("di_trial", half)], **trial)),
        ],
        "taxes-within-of-two-rates": [
            created(
                subscription(
                    "taxes-within-of-two-rates",
                    [item(price("price_taxed", 1150), MARCH, APRIL)],
                    default_tax_rates=[rate(10.0, inclusive=True), rate(5.0, inclusive=True)],
                )
            )
        ],
        "taxes-within-and-a-coupon": [
            created(
                subscription(
                    "taxes-within-and-a-coupon",
                    [item(price("price_taxed_too", 1210), MARCH, APRIL)],
                    default_tax_rates=[rate(21.0, inclusive=True)],
                    discounts=[discount("di_taxed", half)],
                )
            )
        ],
    }


def _states() -> dict[str, list[Payload]]:
    trial: Any = {"status": "trialing", "trial_start": MARCH, "trial_end": APRIL}
    off = {"cancel_at_period_end": True, "cancel_at": APRIL, "canceled_at": at("03-10")}
    on = {"cancel_at_period_end": False, "cancel_at": None, "canceled_at": None}
    unpaid, moves = "unpaid-to-the-end", "past-due-while-the-period-moves"
    pending = {"expires_at": at("03-16"), "subscription_items": [], "billing_cycle_anchor": None, "trial_end": None}
    twice = created(single("told-twice"))
    late = "told-late"
    return {
        "cancelled-at-the-end": [
            created(single("cancelled-at-the-end")),
            updated(single("cancelled-at-the-end", **off), at("03-10"), on),
            _deleted(single("cancelled-at-the-end", **off), APRIL, "cancellation_requested"),
        ],
        "cancelled-and-back": [
            created(single("cancelled-and-back")),
            _deleted(single("cancelled-and-back"), at("03-12"), "cancellation_requested"),
            created(single("cancelled-and-back-2", at("03-20"), at("04-20"), customer="cus_cancelled-and-back",
                           created=at("03-20"), start_date=at("03-20")), at("03-20")),
        ],
        "cancelled-for-a-dispute": [
            created(single("cancelled-for-a-dispute")),
            _deleted(single("cancelled-for-a-dispute"), at("03-20"), "payment_disputed"),
        ],
        "cancelled-while-paused": [
            created(single("cancelled-while-paused")),
            updated(single("cancelled-while-paused", pause_collection=_PAUSE), at("03-10"), {"pause_collection": None}),
            _deleted(single("cancelled-while-paused", pause_collection=_PAUSE), at("03-20"), "cancellation_requested"),
        ],
        "created-with-collection-paused": [created(single("created-with-collection-paused", pause_collection=_PAUSE))],
        unpaid: [
            created(single(unpaid)),
            updated(single(unpaid, APRIL, MAY), APRIL + 20, items_of(single(unpaid))),
            updated(single(unpaid, APRIL, MAY, status="past_due"), at("04-06"), {"status": "active"}),
            updated(single(unpaid, APRIL, MAY, status="unpaid"), at("04-20"), {"status": "past_due"}),
            _deleted(single(unpaid, APRIL, MAY), at("04-27"), "payment_failed"),
        ],
        moves: [
            created(single(moves)),
            updated(single(moves, APRIL, MAY), APRIL + 20, items_of(single(moves))),
            updated(single(moves, APRIL, MAY, status="past_due"), at("04-06"), {"status": "active"}),
            updated(single(moves, MAY, JUNE, status="past_due"), MAY + 20, items_of(single(moves, APRIL, MAY))),
            updated(single(moves, MAY, JUNE), at("05-10"), {"status": "past_due"}),
        ],
        "by-invoice-past-due": [
            created(single("by-invoice-past-due", collection_method="send_invoice", days_until_due=30)),
            updated(
                single("by-invoice-past-due", collection_method="send_invoice", days_until_due=30, status="past_due"),
                at("04-04"), {"status": "active"},
            ),
        ],
        "trial-cancelled": [
            created(single("trial-cancelled", **trial)),
            updated(single("trial-cancelled", **trial, **off), at("03-10"), on),
            _deleted(single("trial-cancelled", **trial, **off), APRIL, "cancellation_requested"),
        ],
        "trial-without-a-card-ends": [
            created(single("trial-without-a-card-ends", **trial, default_payment_method=None)),
            _deleted(single("trial-without-a-card-ends", **trial, default_payment_method=None), APRIL),
        ],
        "trial-ended-by-hand": [
            created(single("trial-ended-by-hand", **trial)),
            updated(
                single("trial-ended-by-hand", at("03-15"), at("04-15"), trial_start=MARCH, trial_end=at("03-15")),
                at("03-15"), {"status": "trialing", "trial_end": APRIL, **items_of(single("trial-ended-by-hand"))},
            ),
        ],
        "trial-past-due-at-once": [
            created(single("trial-past-due-at-once", **trial)),
            updated(
                single("trial-past-due-at-once", APRIL, MAY, status="past_due", trial_start=MARCH, trial_end=APRIL),
                APRIL + 5, {"status": "trialing", **items_of(single("trial-past-due-at-once"))},
            ),
        ],
        "update-pending": [
            created(single("update-pending")),
            updated(single("update-pending", pending_update=pending), at("03-15"), {"pending_update": None}),
            event("customer.subscription.pending_update_expired", single("update-pending"), at("03-16")),
        ],
        "update-applied": [
            created(single("update-applied")),
            updated(single("update-applied", pending_update=pending), at("03-15"), {"pending_update": None}),
            updated(
                single("update-applied", unit=2000), at("03-16"),
                {"pending_update": pending, **items_of(single("update-applied"))},
            ),
            event("customer.subscription.pending_update_applied", single("update-applied", unit=2000), at("03-16")),
        ],
        "told-twice": [twice, twice],
        late: [
            updated(single(late, MAY, JUNE), MAY + 20, items_of(single(late, APRIL, MAY))),
            updated(single(late, APRIL, MAY), APRIL + 20, items_of(single(late))),
            created(single(late)),
        ],
        "customer-deleted": [
            created(single("customer-deleted")),
            event("customer.deleted", {"id": "cus_customer-deleted", "object": "customer", "created": MARCH,
                                       "email": None, "livemode": True, "deleted": True}, at("03-20")),
            _deleted(single("customer-deleted"), at("03-20"), "cancellation_requested"),
        ],
        "backdated": [created(single("backdated", created=MARCH, start_date=at("01-20"), billing_cycle_anchor=MARCH))],
        "scheduled-for-later": [
            event("subscription_schedule.created",
                  {"id": "sub_sched_2", "object": "subscription_schedule", "created": MARCH, "customer": "cus_x",
                   "livemode": True, "phases": [], "status": "not_started", "subscription": None}, MARCH),
        ],
        "in-a-test-clock": [event("customer.subscription.created",
                                  single("in-a-test-clock", livemode=False, test_clock="clock_1"), MARCH, live=False)],
        "before-basil-to-the-end": [
            created(before_basil(single("before-basil-to-the-end")), version=BEFORE_BASIL),
            updated(before_basil(single("before-basil-to-the-end", **off)), at("03-10"),
                    {"cancel_at_period_end": False, "canceled_at": None, "cancel_at": None}, version=BEFORE_BASIL),
            event("customer.subscription.deleted",
                  before_basil(single("before-basil-to-the-end", **off, status="canceled", ended_at=APRIL)), APRIL,
                  version=BEFORE_BASIL),
        ],
    }  # fmt: skip


CASES: dict[str, list[Payload]] = {**_intervals(), **_coupons(), **_states()}
