"""Members of Patreon as its API shows them, one member a case."""

from __future__ import annotations

from typing import Any

Payload = dict[str, Any]


def member(name: str, included: Any = None, tiers: tuple[str, ...] = ("tier-1",), **attributes: Any) -> list[Payload]:
    """A member who pays 5.00 a month, last charged on 1 March."""
    told: Payload = {
        "campaign_lifetime_support_cents": 1500,
        "currently_entitled_amount_cents": 500,
        "email": "a@example.com",
        "full_name": "A",
        "is_follower": False,
        "is_free_trial": False,
        "is_gifted": False,
        "last_charge_date": "2025-03-01T08:00:00.000+00:00",
        "last_charge_status": "Paid",
        "lifetime_support_cents": 1500,
        "next_charge_date": "2025-04-01T08:00:00.000+00:00",
        "note": "",
        "patron_status": "active_patron",
        "pledge_cadence": 1,
        "pledge_relationship_start": "2025-01-01T08:00:00.000+00:00",
        "will_pay_amount_cents": 500,
    }
    relationships = {
        "user": {"data": {"id": f"u-{name}", "type": "user"}, "links": {"related": "l"}},
        "campaign": {"data": {"id": "c", "type": "campaign"}},
        "currently_entitled_tiers": {"data": [{"id": tier, "type": "tier"} for tier in tiers]},
        "address": {"data": None},
    }
    data = {"type": "member", "id": name, "attributes": told | attributes, "relationships": relationships}
    campaign = {"type": "campaign", "id": "c", "attributes": {"currency": "EUR"}}
    return [{"data": data, "included": [campaign] if included is None else included, "links": {"self": "l"}}]


_APRIL, _MAY = "2025-04-01T08:00:00.000+00:00", "2025-05-01T08:00:00.000+00:00"
_NEXT = {"last_charge_date": _APRIL, "next_charge_date": _MAY}
_FREE = {"is_free_trial": True, "last_charge_date": None, "last_charge_status": None}
_GONE = {"patron_status": "former_patron", "next_charge_date": None}
_YEAR: Payload = {"pledge_cadence": 12, "will_pay_amount_cents": 5000, "currently_entitled_amount_cents": 5000,
                  "next_charge_date": "2026-03-01T08:00:00.000+00:00"}  # fmt: skip
_NEXT_YEAR = _YEAR | {"last_charge_date": "2026-03-01T08:00:00.000+00:00", "next_charge_date": None}
CASES: dict[str, list[Payload]] = {
    "active": member("active"),
    "active_year": member(
        "active_year", pledge_cadence=12, will_pay_amount_cents=5000, currently_entitled_amount_cents=5000
    ),
    "active_unincluded": member("active_unincluded", included=[]),
    "active_pending": member("active_pending", last_charge_status="Pending"),
    "told_again": [*member("told_again"), *member("told_again", note="pays on time")],
    "downgrade": [*member("downgrade"), *member("downgrade", will_pay_amount_cents=300)],
    "left": [*member("left"), *member("left", patron_status="former_patron", next_charge_date=None)],
    "retried": [
        *member("retried", patron_status="declined_patron", last_charge_status="Declined"),
        *member("retried", last_charge_date="2025-03-05T08:00:00.000+00:00"),
    ],
    "two_tiers": member("two_tiers", tiers=("tier-1", "tier-2"), currently_entitled_amount_cents=900,
                        will_pay_amount_cents=900),
    "annual_downgrade": member("annual_downgrade", pledge_cadence=12, next_charge_date=None,
                               currently_entitled_amount_cents=6000, will_pay_amount_cents=6000),
    "deleted_charge": member("deleted_charge", last_charge_status="Deleted"),
    "refunded_by_patreon": member("refunded_by_patreon", last_charge_status="Refunded by Patreon"),
    "partially_refunded": member("partially_refunded", last_charge_status="Partially Refunded"),
    "other_charge": member("other_charge", last_charge_status="Other"),
    "code_of_currency": member("code_of_currency", included=[
        {"type": "user", "id": "u", "attributes": {"full_name": "A"}},
        {"type": "tier", "id": "tier-1", "attributes": {"amount_cents": 500, "title": "Gold"}},
        {"type": "campaign", "id": "c", "attributes": {"currency": "GBP", "patron_count": 2}},
    ]),
    "sample": [{
        "data": {
            "attributes": {
                "currently_entitled_amount_cents": None, "full_name": "A", "is_follower": True,
                "last_charge_date": None, "last_charge_status": None, "lifetime_support_cents": 0, "note": "",
                "patron_status": None, "pledge_relationship_start": "2025-03-01T08:00:00.000+00:00",
            },
            "id": "sample", "type": "member",
            "relationships": {
                "address": {"data": None}, "campaign": {"data": {"id": "c", "type": "campaign"}},
                "currently_entitled_tiers": {"data": []}, "user": {"data": {"id": "u-sample", "type": "user"}},
            },
        },
        "included": [],
    }],
    "trial": member("trial", is_free_trial=True, last_charge_date=None, last_charge_status="Free Trial"),
    "declined": member("declined", patron_status="declined_patron", last_charge_status="Declined"),
    "former": member("former", patron_status="former_patron"),
    "former_declined": member("former_declined", patron_status="former_patron", last_charge_status="Declined"),
    "former_fraud": member("former_fraud", patron_status="former_patron", last_charge_status="Fraud"),
    "follower": member("follower", patron_status=None, last_charge_date=None, last_charge_status=None),
    "gifted": member("gifted", is_gifted=True, last_charge_status=None),
    "refund_pending": member("refund_pending", last_charge_status="Refund Pending"),
    "refund_declined": member("refund_declined", last_charge_status="Refund Declined"),
    "paid_then_refunded": [
        *member("paid_then_refunded"), *member("paid_then_refunded", last_charge_status="Refunded"),
    ],
    "refunded": member("refunded", last_charge_status="Refunded"),
    "free": member("free", will_pay_amount_cents=0, currently_entitled_amount_cents=0, last_charge_status=None),
    "post": [{"data": {"type": "post", "id": "1", "attributes": {"title": "t"}}}],
    "nothing": [{"links": {}}],
    "told_twice": member("told_twice") * 2,
    "next_month": [*member("next_month"), *member("next_month", **_NEXT)],
    "next_month_first": [*member("next_month_first", **_NEXT), *member("next_month_first")],
    "upgrade": [
        *member("upgrade"),
        *member("upgrade", will_pay_amount_cents=1000, currently_entitled_amount_cents=1000, **_NEXT),
    ],
    "upgrade_within_a_month": [
        *member("upgrade_within_a_month", will_pay_amount_cents=1000, currently_entitled_amount_cents=1000),
        *member("upgrade_within_a_month"),
    ],
    "year_declined": [
        *member("year_declined", **_YEAR),
        *member("year_declined", patron_status="declined_patron", last_charge_status="Declined", **_NEXT_YEAR),
    ],
    "year_declined_then_gone": [
        *member("year_declined_then_gone", **_YEAR),
        *member("year_declined_then_gone", last_charge_status="Declined", **_NEXT_YEAR | _GONE),
    ],
    "next_year": [
        *member("next_year", pledge_cadence=12, will_pay_amount_cents=5000, currently_entitled_amount_cents=5000,
                next_charge_date="2026-03-01T08:00:00.000+00:00"),
        *member("next_year", pledge_cadence=12, will_pay_amount_cents=5000, currently_entitled_amount_cents=5000,
                last_charge_date="2026-03-01T08:00:00.000+00:00", next_charge_date="2027-03-01T08:00:00.000+00:00"),
    ],
    "yearly_from_now": [
        *member("yearly_from_now"),
        *member("yearly_from_now", pledge_cadence=12, will_pay_amount_cents=5000, currently_entitled_amount_cents=5000,
                last_charge_date=_APRIL, next_charge_date="2026-04-01T08:00:00.000+00:00"),
    ],
    "declined_twice": [
        *member("declined_twice", patron_status="declined_patron", last_charge_status="Declined"),
        *member("declined_twice", patron_status="declined_patron", last_charge_status="Declined",
                last_charge_date="2025-03-04T08:00:00.000+00:00"),
    ],
    "declined_then_gone": [
        *member("declined_then_gone", patron_status="declined_patron", last_charge_status="Declined"),
        *member("declined_then_gone", last_charge_status="Declined", **_GONE),
    ],
    "back_again": [*member("back_again", **_GONE), *member("back_again", last_charge_date=_MAY,
                                                            next_charge_date="2025-06-01T08:00:00.000+00:00")],
    "trial_paid": [*member("trial_paid", **_FREE), *member("trial_paid", **_NEXT)],
    "trial_left": [*member("trial_left", **_FREE), *member("trial_left", **_FREE | _GONE)],
    "given_then_paid": [*member("given_then_paid", is_gifted=True, last_charge_status=None),
                        *member("given_then_paid", **_NEXT)],
    "follower_then_patron": [
        *member("follower_then_patron", patron_status=None, last_charge_date=None, last_charge_status=None),
        *member("follower_then_patron"),
    ],
    "dollars": member("dollars", [{"type": "campaign", "id": "c", "attributes": {"currency": "USD"}}]),
    "yen": member("yen", [{"type": "campaign", "id": "c", "attributes": {"currency": "JPY"}}],
                  will_pay_amount_cents=50000, currently_entitled_amount_cents=50000),
    "no_cadence": member("no_cadence", pledge_cadence=None),
    "nothing_told": member("nothing_told", email=None, note=None, full_name=None, lifetime_support_cents=None,
                           campaign_lifetime_support_cents=None, next_charge_date=None),
    "former_refunded": member("former_refunded", last_charge_status="Refunded", **_GONE),
    "pledge": [{"data": {"type": "pledge", "id": "1", "attributes": {"amount_cents": 500, "declined_since": None}}}],
}  # fmt: skip
