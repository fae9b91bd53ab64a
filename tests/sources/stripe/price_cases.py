"""Cases of prices and discounts, written from Stripe's API reference: payloads by name of the case.

What each means is in the tables of docs/senders/stripe.md, which the tests read. Belongs here: payloads. Does not
belong here: expected rows.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.billing import before_basil, coupon, discount, item, plan_of, price, subscription
from tests.sources.stripe.envelopes import BEFORE_BASIL, Payload, at, event, listed
from tests.sources.stripe.telling import APRIL, JUNE, MARCH, MAY, created, items_of, several, single, updated


def _prices() -> dict[str, list[Payload]]:
    base, extra = price("price_base", 2000), price("price_extra", 1000)
    package = {"divide_by": 10, "round": "up"}
    tiers = [
        {
            "flat_amount": None,
            "flat_amount_decimal": None,
            "unit_amount": 500,
            "unit_amount_decimal": "500",
            "up_to": 5,
        },
        {
            "flat_amount": 100,
            "flat_amount_decimal": "100",
            "unit_amount": 300,
            "unit_amount_decimal": "300",
            "up_to": None,
        },
    ]
    metered = price("price_metered", 5, usage="metered")

    def seats(name: str, of: Payload, quantity: int) -> Payload:
        return subscription(name, [item(of, MARCH, APRIL, quantity=quantity)])

    quarterly = price("price_quarter", 3000, count=3)
    named: Any = {
        "currency_options": {"eur": {"unit_amount": 900, "unit_amount_decimal": "900"}, "usd": {"unit_amount": 1000}}
    }
    at_renewal = single("price-change-at-renewal", APRIL, MAY, unit=2000)
    reset = single("price-change-with-a-new-period", at("03-20"), at("04-20"), unit=2000)
    return {
        "price-change": [
            created(single("price-change")),
            updated(single("price-change", unit=2000), at("03-15"), items_of(single("price-change"))),
        ],
        "price-change-by-plan": [
            created(before_basil(single("price-change-by-plan")), version=BEFORE_BASIL),
            updated(
                before_basil(single("price-change-by-plan", unit=2000)),
                at("03-15"),
                {"plan": plan_of(price("price_price-change-by-plan_1000", 1000))},
                version=BEFORE_BASIL,
            ),
        ],
        "price-change-at-renewal": [
            created(single("price-change-at-renewal")),
            updated(at_renewal, APRIL + 20, items_of(single("price-change-at-renewal"))),
        ],
        "price-change-with-a-new-period": [
            created(single("price-change-with-a-new-period")),
            updated(reset, at("03-20"), items_of(single("price-change-with-a-new-period"))),
        ],
        "quantity-change": [
            created(seats("quantity-change", extra, 3)),
            updated(seats("quantity-change", extra, 4), at("03-15"), items_of(seats("quantity-change", extra, 3))),
        ],
        "quantity-change-by-quantity": [
            created(before_basil(seats("quantity-change-by-quantity", extra, 3)), version=BEFORE_BASIL),
            updated(
                before_basil(seats("quantity-change-by-quantity", extra, 4)),
                at("03-15"),
                {"quantity": 3},
                version=BEFORE_BASIL,
            ),
        ],
        "item-added": [
            created(several("item-added", base)),
            updated(several("item-added", base, extra), at("03-15"), items_of(several("item-added", base))),
        ],
        "item-removed": [
            created(several("item-removed", base, extra)),
            updated(several("item-removed", base), at("03-15"), items_of(several("item-removed", base, extra))),
        ],
        "item-quantity-of-the-second": [
            created(several("item-quantity-of-the-second", base, extra)),
            updated(
                subscription(
                    "item-quantity-of-the-second", [item(base, MARCH, APRIL), item(extra, MARCH, APRIL, quantity=2)]
                ),
                at("03-15"),
                {"items": {"data": [{"id": "si_price_base"}, {"id": "si_price_extra", "quantity": 1}]}},
            ),
        ],
        "items-renewed": [
            created(several("items-renewed", base, extra)),
            updated(
                several("items-renewed", base, extra, start=APRIL, end=MAY),
                APRIL + 20,
                items_of(several("items-renewed", base, extra)),
            ),
        ],
        "intervals-mixed": [created(several("intervals-mixed", extra, price("price_year", 12000, interval="year")))],
        "intervals-counted": [created(several("intervals-counted", extra, quarterly))],
        "interval-of-three-months": [created(several("interval-of-three-months", quarterly, end=JUNE))],
        "packages-up": [created(seats("packages-up", price("p", 3000, transform_quantity=package), 25))],
        "packages-down": [
            created(seats("packages-down", price("p", 3000, transform_quantity={**package, "round": "down"}), 25))
        ],
        "decimal-amount": [
            created(
                subscription(
                    "decimal-amount",
                    [item(extra, MARCH, APRIL), item(price("p", None, decimal="0.5"), MARCH, APRIL, quantity=2000)],
                )
            )
        ],
        "decimal-single": [created(seats("decimal-single", price("p", None, decimal="2.5"), 15))],
        "tiers-graduated": [
            created(seats("tiers-graduated", price("p", None, **_scheme("graduated"), tiers=tiers), 8))
        ],
        "tiers-volume": [created(seats("tiers-volume", price("p", None, **_scheme("volume"), tiers=tiers), 8))],
        "tiers-not-expanded": [created(seats("tiers-not-expanded", price("p", None, **_scheme("volume")), 8))],
        "tiers-told-by-the-price": [
            listed(price("price_told", None, **_scheme("graduated"), tiers=tiers)),
            event("price.updated", price("price_told", None, **_scheme("graduated")), at("03-06")),
            created(seats("tiers-told-by-the-price", price("price_told", None, **_scheme("graduated")), 8)),
        ],
        "metered-only": [created(subscription("metered-only", [item(metered, MARCH, APRIL, quantity=None)]))],
        "metered-beside": [
            created(
                subscription("metered-beside", [item(extra, MARCH, APRIL), item(metered, MARCH, APRIL, quantity=None)])
            )
        ],
        "currency-option": [created(several("currency-option", price("p", 1000, **named), currency="eur"))],
        "currency-not-told": [created(several("currency-not-told", price("p", 1000), currency="eur"))],
        "currency-told-by-the-price": [
            created(several("currency-told-by-the-price", price("price_options", 1000), currency="eur")),
            listed(price("price_options", 1000, **named)),
        ],
        "currency-without-minor-unit": [
            created(several("currency-without-minor-unit", price("p", 1200, currency="jpy"), currency="jpy"))
        ],
        "currency-of-three-digits": [
            created(several("currency-of-three-digits", price("p", 4500, currency="kwd"), currency="kwd"))
        ],
        "currency-of-uganda": [
            created(several("currency-of-uganda", price("p", 500000, currency="ugx"), currency="ugx"))
        ],
        "currency-of-hungary": [
            created(several("currency-of-hungary", price("p", 100000, currency="huf"), currency="huf"))
        ],
        "currency-of-taiwan": [
            created(several("currency-of-taiwan", price("p", 15000, currency="twd"), currency="twd"))
        ],
        "currency-of-madagascar": [
            created(several("currency-of-madagascar", price("p", 15000, currency="mga"), currency="mga"))
        ],
        "currencies-of-one-customer": [
            created(several("currencies-of-one-customer", price("p", 1000), customer="cus_both")),
            created(
                several(
                    "currencies-of-one-customer-2", price("p", 900, currency="eur"), currency="eur", customer="cus_both"
                )
            ),
        ],
        "quantity-nothing": [
            created(seats("quantity-nothing", base, 2)),
            updated(seats("quantity-nothing", base, 0), at("03-15"), items_of(seats("quantity-nothing", base, 2))),
        ],
    }


def _scheme(mode: str) -> dict[str, Any]:
    return {"billing_scheme": "tiered", "tiers_mode": mode}


def _discounts() -> dict[str, list[Payload]]:
    half, tenth = coupon("half", percent_off=50.0), coupon("tenth", percent_off=10.0)
    twenty = coupon("twenty", amount_off=2000, currency="usd")
    months = coupon("months", percent_off=50.0, duration="repeating", duration_in_months=3)

    def hundred(name: str, discounts: list[Payload | str], start: int = MARCH, end: int = APRIL) -> Payload:
        return single(name, start, end, unit=10000, discounts=discounts)

    two = [price("price_a", 5000), price("price_b", 5000)]
    on_item = subscription(
        "discount-on-an-item",
        [item(two[0], MARCH, APRIL, discounts=[discount("di_on_item", tenth)]), item(two[1], MARCH, APRIL)],
    )
    on_product = coupon("on_product", percent_off=10.0, applies_to={"products": ["prod_price_a"]})
    return {
        "discount-expanded": [created(hundred("discount-expanded", [discount("di_expanded", half)]))],
        "discount-before-basil": [
            created(
                {
                    **before_basil(hundred("discount-before-basil", ["di_legacy"])),
                    "discount": discount("di_legacy", half),
                },
                version=BEFORE_BASIL,
            )
        ],
        "discounts-stacked": [
            created(hundred("discounts-stacked", [discount("di_one", tenth), discount("di_two", twenty)]))
        ],
        "discounts-the-other-way-round": [
            created(hundred("discounts-the-other-way-round", [discount("di_2", twenty), discount("di_1", tenth)]))
        ],
        "discount-above-the-price": [
            created(
                single(
                    "discount-above-the-price",
                    discounts=[discount("di_above", coupon("much", amount_off=5000, currency="usd"))],
                )
            )
        ],
        "discount-on-an-item": [created(on_item)],
        "discount-on-a-product": [
            created(several("discount-on-a-product", *two, discounts=[discount("di_p", on_product)]))
        ],
        "discount-by-id": [
            event(
                "customer.discount.created",
                discount("di_by_id", half, subscription="sub_discount-by-id", customer="cus_discount-by-id"),
                MARCH,
            ),
            created(hundred("discount-by-id", ["di_by_id"])),
        ],
        "discount-by-coupon-id": [
            event(
                "customer.discount.created",
                discount("di_by_coupon", "third", subscription="sub_discount-by-coupon-id"),
                MARCH,
            ),
            created(hundred("discount-by-coupon-id", ["di_by_coupon"])),
            event("coupon.created", coupon("third", amount_off=3000, currency="usd"), MARCH),
        ],
        "discount-never-told": [created(hundred("discount-never-told", ["di_never_told"]))],
        "discount-of-several-months": [created(hundred("discount-of-several-months", [discount("di_months", months)]))],
        "discount-once": [
            created(hundred("discount-once", [discount("di_once", coupon("once", percent_off=50.0, duration="once"))]))
        ],
        "discount-kept": [
            created(hundred("discount-kept", [discount("di_kept", half)])),
            updated(
                hundred("discount-kept", ["di_kept"], APRIL, MAY),
                APRIL + 20,
                items_of(hundred("discount-kept", ["di_kept"])),
            ),
        ],
        "discount-removed": [
            created(hundred("discount-removed", [discount("di_removed", half)])),
            updated(hundred("discount-removed", []), at("03-15"), {"discounts": ["di_removed"]}),
        ],
        "discount-gone-at-renewal": [
            created(hundred("discount-gone-at-renewal", [discount("di_gone", half)])),
            updated(
                hundred("discount-gone-at-renewal", [], APRIL, MAY),
                APRIL + 20,
                {"discounts": ["di_gone"], **items_of(hundred("discount-gone-at-renewal", []))},
            ),
        ],
    }


CASES: dict[str, list[Payload]] = {**_prices(), **_discounts()}
