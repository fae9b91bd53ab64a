"""Cases of subscriptions that begin, renew and end, written from Stripe's API reference: payloads by name of the case.

What each means is in the tables of docs/senders/stripe.md, which the tests read. Belongs here: payloads. Does not
belong here: expected rows.
"""

from __future__ import annotations

from typing import Any

from tests.sources.stripe.billing import before_basil
from tests.sources.stripe.envelopes import BEFORE_BASIL, Payload, at, event
from tests.sources.stripe.money import invoice
from tests.sources.stripe.telling import APRIL, JUNE, MARCH, MAY, created, items_of, single, updated


def _after_trial(name: str, **changes: Any) -> Payload:
    return single(name, APRIL, MAY, trial_start=MARCH, trial_end=APRIL, **changes)


def _over(name: str) -> Payload:
    """A trial that ended without a payment method."""
    return single(name, status="paused", trial_start=MARCH, trial_end=APRIL)


def _again(name: str) -> Payload:
    return single(name, at("04-10"), at("05-10"), trial_start=MARCH, trial_end=APRIL)


def _declined(name: str, trial: Any, failed: int = APRIL + 3700, *, ended: bool = False) -> list[Payload]:
    """A trial that Stripe makes active as it ends, since its first invoice is charged an hour later, in vain."""
    reason = {"comment": None, "feedback": None, "reason": "payment_failed"}
    last = _after_trial(name, status="canceled", ended_at=at("04-20"), cancellation_details=reason)
    return [
        created(single(name, **trial)),
        updated(_after_trial(name), APRIL, {"status": "trialing", **items_of(single(name))}),
        updated(_after_trial(name, status="past_due"), failed, {"status": "active"}),
        *([event("customer.subscription.deleted", last, at("04-20"))] if ended else []),
    ]


def _cases() -> dict[str, list[Payload]]:
    off = {"cancel_at_period_end": True, "cancel_at": APRIL, "canceled_at": at("03-10")}
    trial: Any = {"status": "trialing", "trial_start": MARCH, "trial_end": APRIL}
    keyed = single("renewal-by-item")
    moved = single("renewal-by-item", APRIL, MAY)
    moved["items"]["data"][0]["created"] = keyed["items"]["data"][0]["created"]
    return {
        "created": [created(single("created"))],
        "price-of-an-unpaid-one": [
            created(single("price-of-an-unpaid-one")),
            updated(single("price-of-an-unpaid-one", status="unpaid"), at("03-20"), {"status": "past_due"}),
            updated(
                single("price-of-an-unpaid-one", unit=2000, status="unpaid"),
                at("03-22"),
                items_of(single("price-of-an-unpaid-one")),
            ),
            updated(single("price-of-an-unpaid-one", unit=2000), at("03-25"), {"status": "unpaid"}),
        ],
        "price-after-a-trial-declined": [
            created(single("price-after-a-trial-declined", **trial)),
            updated(
                single("price-after-a-trial-declined", APRIL, MAY, 2000, **{**trial, "status": "past_due"}),
                APRIL,
                {"status": "trialing", **items_of(single("price-after-a-trial-declined"))},
            ),
        ],
        "price-of-a-paused-trial": [
            created(single("price-of-a-paused-trial", **trial)),
            updated(single("price-of-a-paused-trial", **{**trial, "status": "paused"}), APRIL, {"status": "trialing"}),
            updated(
                single("price-of-a-paused-trial", unit=2000, **{**trial, "status": "paused"}),
                at("04-10"),
                items_of(single("price-of-a-paused-trial")),
            ),
        ],
        "collection-resumed-while-past-due": [
            created(single("collection-resumed-while-past-due")),
            updated(single("collection-resumed-while-past-due", status="past_due"), at("03-10"), {"status": "active"}),
            updated(
                single("collection-resumed-while-past-due", status="past_due", pause_collection={"behavior": "void"}),
                at("03-12"),
                {"pause_collection": None},
            ),
            updated(
                single("collection-resumed-while-past-due", status="past_due"),
                at("03-20"),
                {"pause_collection": {"behavior": "void"}},
            ),
        ],
        "incomplete": [
            created(single("incomplete", status="incomplete")),
            updated(single("incomplete"), at("03-05T10:20"), {"status": "incomplete"}),
        ],
        "incomplete-expired": [
            created(single("incomplete-expired", status="incomplete")),
            updated(
                single("incomplete-expired", status="incomplete_expired", ended_at=at("03-06")),
                at("03-06"),
                {"status": "incomplete", "ended_at": None},
            ),
        ],
        "renewal-by-item": [
            created(keyed),
            updated(moved, APRIL + 20, {**items_of(keyed), "latest_invoice": "in_0"}),
        ],
        "renewal-before-basil": [
            created(before_basil(single("renewal-before-basil")), version=BEFORE_BASIL),
            updated(
                before_basil(single("renewal-before-basil", APRIL, MAY)),
                APRIL + 20,
                {"current_period_start": MARCH, "current_period_end": APRIL, "latest_invoice": "in_0"},
                version=BEFORE_BASIL,
            ),
        ],
        "metadata-only": [
            created(single("metadata-only")),
            updated(
                single("metadata-only", metadata={"note": 'has "discounts": and "pause_collection":'}),
                at("03-10"),
                {"metadata": {"note": '"cancel_at":'}, "default_payment_method": "pm_old"},
            ),
        ],
        "trial-converted": [
            created(single("trial-converted", **trial)),
            updated(
                single("trial-converted", APRIL, MAY, trial_start=MARCH, trial_end=APRIL),
                APRIL + 5,
                {"status": "trialing", **items_of(single("trial-converted"))},
            ),
        ],
        "trial-declined": _declined("trial-declined", trial, ended=True),
        "trial-declined-then-paid": [
            *_declined("trial-declined-then-paid", trial),
            updated(_after_trial("trial-declined-then-paid"), at("04-08"), {"status": "past_due"}),
        ],
        "trial-paid-then-past-due": [
            *_declined("trial-paid-then-past-due", trial, at("04-06")),
            event("invoice.paid", invoice("trial-paid-then-past-due", 1000, when=APRIL + 3600), APRIL + 3600),
        ],
        "trial-extended": [
            created(single("trial-extended", **trial)),
            updated(
                single("trial-extended", MARCH, MAY, **{**trial, "trial_end": MAY}),
                at("03-20"),
                {"trial_end": APRIL, **items_of(single("trial-extended"))},
            ),
        ],
        "trial-shortened": [
            created(single("trial-shortened", **trial)),
            updated(
                single("trial-shortened", MARCH, at("03-12"), **{**trial, "trial_end": at("03-12")}),
                at("03-10"),
                {"trial_end": APRIL, **items_of(single("trial-shortened"))},
            ),
        ],
        "trial-will-end": [
            created(single("trial-will-end", **trial)),
            event("customer.subscription.trial_will_end", single("trial-will-end", **trial), at("04-02")),
        ],
        "trial-plan": [
            created(single("trial-plan", **trial)),
            updated(single("trial-plan", unit=2000, **trial), at("03-10"), items_of(single("trial-plan"))),
        ],
        "trial-added": [
            created(single("trial-added")),
            updated(
                single("trial-added", at("03-20"), MAY, status="trialing", trial_start=at("03-20"), trial_end=MAY),
                at("03-20"),
                {"status": "active", "trial_start": None, "trial_end": None, **items_of(single("trial-added"))},
            ),
        ],
        "trial-paused": [
            created(single("trial-paused", **trial)),
            event("customer.subscription.paused", single("trial-paused", **{**trial, "status": "paused"}), APRIL),
            event(
                "customer.subscription.resumed",
                single("trial-paused", at("04-10"), at("05-10"), trial_start=MARCH, trial_end=APRIL),
                at("04-10"),
            ),
        ],
        "trial-paused-told-twice": [
            created(single("trial-paused-told-twice", **trial)),
            updated(_over("trial-paused-told-twice"), APRIL, {"status": "trialing"}),
            event("customer.subscription.paused", _over("trial-paused-told-twice"), APRIL),
            updated(_again("trial-paused-told-twice"), at("04-10"), {"status": "paused"}),
            event("customer.subscription.resumed", _again("trial-paused-told-twice"), at("04-10")),
        ],
        "cancelled-at-once": [
            created(single("cancelled-at-once")),
            updated(
                single("cancelled-at-once", **off), at("03-10"), {**dict.fromkeys(off), "cancel_at_period_end": False}
            ),
            event(
                "customer.subscription.deleted",
                single("cancelled-at-once", **off, status="canceled", ended_at=at("03-12")),
                at("03-12"),
            ),
        ],
        "past-due-with-another-price": [
            created(single("past-due-with-another-price")),
            updated(single("past-due-with-another-price", status="past_due"), APRIL, {"status": "active"}),
            updated(
                single("past-due-with-another-price", unit=2000, status="past_due"),
                at("04-07"),
                items_of(single("past-due-with-another-price")),
            ),
            updated(single("past-due-with-another-price", unit=2000), at("04-09"), {"status": "past_due"}),
        ],
        "anchor-moved": [
            created(single("anchor-moved")),
            updated(
                single("anchor-moved", at("03-20"), at("04-20"), billing_cycle_anchor=at("03-20")),
                at("03-20"),
                {"billing_cycle_anchor": MARCH, **items_of(single("anchor-moved"))},
            ),
        ],
        "cancel-and-revert": [
            created(single("cancel-and-revert")),
            updated(
                single("cancel-and-revert", **off),
                at("03-10"),
                {"cancel_at_period_end": False, "cancel_at": None, "canceled_at": None},
            ),
            updated(single("cancel-and-revert"), at("03-12"), off),
        ],
        "cancel-on-a-day": [
            created(single("cancel-on-a-day")),
            updated(
                single("cancel-on-a-day", cancel_at=JUNE, canceled_at=at("03-10")),
                at("03-10"),
                {"cancel_at": None, "canceled_at": None},
            ),
            updated(
                single("cancel-on-a-day", cancel_at=MAY, canceled_at=at("03-11")),
                at("03-11"),
                {"cancel_at": JUNE, "canceled_at": at("03-10")},
            ),
        ],
        "dunning": [
            created(single("dunning")),
            updated(single("dunning", APRIL, MAY), APRIL + 20, items_of(single("dunning"))),
            updated(single("dunning", APRIL, MAY, status="past_due"), at("04-06"), {"status": "active"}),
            updated(single("dunning", APRIL, MAY, status="unpaid"), at("04-20"), {"status": "past_due"}),
            updated(single("dunning", APRIL, MAY), at("04-25"), {"status": "unpaid"}),
        ],
        "ended-unpaid": [
            created(single("ended-unpaid")),
            event(
                "customer.subscription.deleted",
                single(
                    "ended-unpaid",
                    status="canceled",
                    ended_at=at("03-20"),
                    canceled_at=at("03-20"),
                    cancellation_details={"comment": None, "feedback": None, "reason": "payment_failed"},
                ),
                at("03-20"),
            ),
        ],
        "paused-while-the-period-moves": [
            created(single("paused-while-the-period-moves")),
            updated(
                single("paused-while-the-period-moves", pause_collection={"behavior": "void", "resumes_at": None}),
                at("03-10"),
                {"pause_collection": None},
            ),
            updated(
                single(
                    "paused-while-the-period-moves",
                    APRIL,
                    MAY,
                    pause_collection={"behavior": "void", "resumes_at": MAY},
                ),
                APRIL + 5,
                items_of(single("paused-while-the-period-moves")),
            ),
            updated(
                single(
                    "paused-while-the-period-moves",
                    APRIL,
                    MAY,
                    pause_collection={"behavior": "keep_as_draft", "resumes_at": MAY},
                ),
                at("04-07"),
                {"pause_collection": {"behavior": "void"}},
            ),
            updated(
                single("paused-while-the-period-moves", APRIL, MAY),
                at("04-10"),
                {"pause_collection": {"behavior": "keep_as_draft", "resumes_at": MAY}},
            ),
        ],
        "paused-when-the-trial-ends": [
            created(single("paused-when-the-trial-ends", **trial)),
            updated(
                single(
                    "paused-when-the-trial-ends", **trial, pause_collection={"behavior": "void", "resumes_at": None}
                ),
                at("03-10"),
                {"pause_collection": None},
            ),
            updated(
                single(
                    "paused-when-the-trial-ends",
                    APRIL,
                    MAY,
                    trial_start=MARCH,
                    trial_end=APRIL,
                    pause_collection={"behavior": "void", "resumes_at": None},
                ),
                APRIL + 5,
                {"status": "trialing", **items_of(single("paused-when-the-trial-ends"))},
            ),
        ],
    }


CASES: dict[str, list[Payload]] = _cases()
