"""Lists that are dumped again and again, alone and beside webhooks, in any order of delivery.

Belongs here: states without an event. Does not belong here: what one webhook says (``test_truth_table``).
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import Inbox
from tests.sources.stripe.billing import coupon, discount
from tests.sources.stripe.envelopes import Payload, at, event, listed
from tests.sources.stripe.telling import APRIL, JUNE, MARCH, MAY, created, items_of, single, updated
from tests.sources.stripe.told import texts_by_row


def history(inbox: Inbox) -> list[str]:
    """The texts of all subscription events, in order of time."""
    texts = [text for texts in texts_by_row(inbox).values() for text in texts]
    return [text for _, text in sorted(texts)]


def _monthly_lists(last_unit: int) -> list[Payload]:
    return [
        listed(single("same"), single("rises")),
        listed(single("same", APRIL, MAY), single("rises", APRIL, MAY, unit=2000)),
        listed(single("same", MAY, JUNE), single("rises", MAY, JUNE, unit=last_unit)),
    ]


def _told_by_lists(last_price: str) -> list[str]:
    return [
        "03-05 started 10.00",
        "03-05 started 10.00",
        "04-05 renewed 10.00",
        "04-05 renewed 20.00",
        "05-05 renewed 10.00",
        f"05-05 renewed {last_price}",
    ]


def test_a_monthly_list_tells_renewals_and_rises(inbox: Inbox) -> None:
    """Each dump contradicted the one before: three of 14 subscribers churned falsely, and four rises were lost."""
    for each in _monthly_lists(2000):
        inbox.deliver("stripe", [each])
    assert sorted(history(inbox)) == _told_by_lists("20.00")
    assert inbox.rejections() == []


@pytest.mark.parametrize(
    "order",
    [pytest.param(each, marks=[] if each == (2, 0, 1) else pytest.mark.long) for each in permutations(range(3))],
)
def test_lists_are_laid_in_order_of_their_time_whichever_comes_first(order: tuple[int, ...], inbox: Inbox) -> None:
    """Of three dumps the newest came first: its price was that of the start, and each older one took it back."""
    lists = _monthly_lists(3000)
    for number in order:
        inbox.deliver("stripe", [lists[number]])
    assert sorted(history(inbox)) == _told_by_lists("30.00")
    assert inbox.rejections() == []


@pytest.mark.parametrize("size", [4, pytest.param(1, marks=pytest.mark.long)])
def test_a_state_tells_each_kind_of_change_once(size: int, inbox: Inbox) -> None:
    """A dump that says nothing new must move nothing, and one that does must say just that; a few come in one file."""
    states: list[Payload] = [
        single("life", MARCH, at("03-20"), status="trialing", trial_start=MARCH, trial_end=at("03-20")),
        single("life", status="trialing", trial_start=MARCH, trial_end=APRIL),
        single("life", status="trialing", trial_start=MARCH, trial_end=APRIL),
        single("life", APRIL, MAY, trial_start=MARCH, trial_end=APRIL),
        single("life", APRIL, MAY, trial_start=MARCH, trial_end=APRIL),
        single(
            "life", APRIL, MAY, trial_start=MARCH, trial_end=APRIL, cancel_at_period_end=True, canceled_at=at("04-20")
        ),
        single("life", APRIL, MAY, trial_start=MARCH, trial_end=APRIL),
        single("life", MAY, JUNE, trial_start=MARCH, trial_end=APRIL, status="past_due"),
        single("life", MAY, JUNE, trial_start=MARCH, trial_end=APRIL, status="unpaid"),
        single("life", MAY, JUNE, trial_start=MARCH, trial_end=APRIL),
        single("life", MAY, JUNE, trial_start=MARCH, trial_end=APRIL, pause_collection={"behavior": "void"}),
        single("life", MAY, JUNE, 2000, trial_start=MARCH, trial_end=APRIL),
        single("life", MAY, JUNE, 2000, trial_start=MARCH, trial_end=APRIL, status="canceled", ended_at=at("05-30")),
    ]
    days = [
        "03-06",
        "03-08",
        "03-09",
        "04-06",
        "04-07",
        "04-21",
        "04-22",
        "05-06",
        "05-10",
        "05-12",
        "05-14",
        "05-20",
        "05-31",
    ]
    dumps = [_extracted(state, day) for day, state in zip(days, states, strict=True)]
    for first in range(0, len(dumps), size):
        inbox.deliver("stripe", dumps[first : first + size])
    assert history(inbox) == [
        "03-05 trial_started 10.00",
        "03-08 plan_changed 10.00",
        "04-05 trial_converted 10.00",
        "04-20 cancel_scheduled",
        "04-22 cancel_reverted",
        "05-05 grace_entered",
        "05-10 hold_entered",
        "05-12 recovered",
        "05-14 paused",
        "05-20 plan_changed 20.00",
        "05-20 resumed",
        "05-30 ended",
    ]


def test_states_between_webhooks_say_nothing_that_these_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dump that came beside webhooks told their renewal and change of price again, at other times."""
    deliveries: list[list[Payload]] = [
        [created(single("beside"))],
        [
            updated(single("beside", unit=2000), at("03-15"), items_of(single("beside"))),
            updated(single("beside", APRIL, MAY, 2000), APRIL + 20, items_of(single("beside", unit=2000))),
        ],
        [_extracted(single("beside", APRIL, MAY, 2000), "04-06")],
        [_extracted(single("beside", MAY, JUNE, 3000), "05-06")],
    ]
    for number, order in enumerate(permutations(deliveries)):
        if number % 12:
            continue
        inbox = Inbox(_folder(tmp_path, number), monkeypatch)
        for delivery in order:
            inbox.deliver("stripe", delivery)
        assert history(inbox) == [
            "03-05 started 10.00",
            "03-15 plan_changed 20.00",
            "04-05 renewed 20.00",
            "05-05 renewed 30.00",
        ], number


def test_periods_between_two_dumps_are_no_gap(inbox: Inbox) -> None:
    """Two dumps four months apart showed a lapse of somebody who was there all the time."""
    inbox.deliver("stripe", [_extracted(single("gap"), "03-06")])
    inbox.deliver("stripe", [_extracted(single("gap", at("07-05"), at("08-05"), 2000), "07-06")])
    assert history(inbox) == ["03-05 started 10.00", "04-05 renewed 10.00", "07-05 renewed 20.00"]
    periods = inbox.rows("subscription_events", "cast(period_end as varchar) as period_end", order_by="occurred_at")
    assert [row["period_end"][:10] for row in periods] == ["2026-04-05", "2026-07-05", "2026-08-05"]


def test_a_state_delivered_twice_is_a_duplicate(inbox: Inbox) -> None:
    """The same dump ingested again would be a second history."""
    for _ in range(2):
        inbox.deliver("stripe", [listed(single("twice")), listed(single("twice", APRIL, MAY))])
    inbox.deliver("stripe", [single("twice")])
    assert history(inbox) == ["03-05 started 10.00", "04-05 renewed 10.00"]
    assert inbox.rejections() == []


@pytest.mark.long
def test_terms_are_taken_up_whenever_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook names a discount by its id; its object, and the coupon's, may come before or after in other files."""
    deliveries = [
        [created(single("late", unit=10000, discounts=["di_late"]))],
        [event("customer.discount.created", discount("di_late", "half", subscription="sub_late"), MARCH)],
        [event("coupon.created", coupon("half", percent_off=50), MARCH)],
    ]
    for number, order in enumerate(permutations(deliveries)):
        if number % 2:
            continue
        inbox = Inbox(_folder(tmp_path, number), monkeypatch)
        for delivery in order:
            inbox.deliver("stripe", delivery)
        assert history(inbox) == ["03-05 started 100.00 - 50.00"], number


def test_a_snapshots_discount_is_kept_by_the_renewal_that_names_it(inbox: Inbox) -> None:
    """A renewal in a later file named the discount by its id, and the price rose by what it takes off."""
    half = discount("di_kept", coupon("half", percent_off=50))
    inbox.deliver("stripe", [listed(single("kept", unit=10000, discounts=[half]))])
    renewed = updated(
        single("kept", APRIL, MAY, 10000, discounts=["di_kept"]),
        APRIL + 20,
        items_of(single("kept", unit=10000)),
    )
    inbox.deliver("stripe", [renewed])
    assert history(inbox) == ["03-05 started 100.00 - 50.00", "04-05 renewed 100.00 - 50.00"]


def test_test_mode_and_thin_events_are_said(inbox: Inbox) -> None:
    """Test payments were revenue, and an event that carries nothing vanished without a word."""
    test: dict[str, Any] = {**single("test"), "livemode": False, "test_clock": "clock_1"}
    thin = {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v1.customer.subscription.updated",
        "livemode": True,
        "created": "2026-03-15T09:00:00.000Z",
        "related_object": {"id": "sub_thin", "type": "subscription", "url": "/v1/subscriptions/sub_thin"},
        "reason": None,
    }
    inbox.deliver("stripe", [event("customer.subscription.created", test, MARCH, live=False), test, listed(test), thin])
    assert inbox.rejections() == [(1, "test_mode"), (2, "test_mode"), (3, "test_mode"), (4, "thin_event")]
    assert history(inbox) == [f"rejected: {reason}" for _, reason in inbox.rejections()]


def _extracted(state: Payload, day: str) -> Payload:
    """A state as Airbyte writes it, with the time of the extraction."""
    return {
        "_airbyte_raw_id": f"{state['id']}-{day}",
        "_airbyte_extracted_at": at(day) * 1000,
        "_airbyte_meta": {"changes": []},
        "_airbyte_data": state,
    }


def _folder(place: Path, number: int) -> Path:
    folder = place / str(number)
    folder.mkdir()
    return folder
