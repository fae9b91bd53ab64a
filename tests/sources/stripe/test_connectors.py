"""Stripe's data as connectors and buses deliver it: Fivetran's tables, Airbyte's streams, Amazon EventBridge.

Belongs here: layouts around Stripe's objects. Does not belong here: what the objects mean (``test_truth_table``).
"""

from __future__ import annotations

import csv
import io
import json
from itertools import cycle, permutations
from pathlib import Path
from typing import Any

import pytest

from tests.sources.delivering import Inbox
from tests.sources.stripe.billing import before_basil, coupon, discount, item, price, subscription
from tests.sources.stripe.envelopes import Payload, at
from tests.sources.stripe.telling import APRIL, MARCH, created, single
from tests.sources.stripe.told import texts_by_row

SYNCED = "2026-03-06 04:00:00"
# The columns of the tables of Fivetran's connector, as fivetran/dbt_stripe reads them; those left out are empty here.
TABLES: dict[str, list[dict[str, Any]]] = {
    "subscription": [
        {
            "id": "sub_five",
            "_fivetran_synced": SYNCED,
            "billing_cycle_anchor": "2026-03-05 10:00:00",
            "cancel_at_period_end": "false",
            "created": "2026-03-05 10:00:00",
            "current_period_start": "2026-03-05 10:00:00",
            "current_period_end": "2026-04-05 10:00:00",
            "customer_id": "cus_five",
            "livemode": "true",
            "metadata": "{}",
            "start_date": "2026-03-05 10:00:00",
            "status": "active",
        }
    ],
    "subscription_item": [
        {"id": f"si_{name}", "_fivetran_synced": SYNCED, "created": "2026-03-05 10:00:00", "metadata": "{}",
         "plan_id": f"price_{name}", "quantity": quantity, "subscription_id": "sub_five"}
        for name, quantity in (("base", 1), ("seat", 25))
    ],
    "price": [
        {"id": f"price_{name}", "_fivetran_synced": SYNCED, "active": "true", "billing_scheme": "per_unit",
         "created": "2026-01-01 10:00:00", "currency": "usd", "livemode": "true", "product_id": "prod",
         "recurring_interval": "month", "recurring_interval_count": 1, "recurring_usage_type": "licensed",
         "transform_quantity_divide_by": divide, "transform_quantity_round": rounds, "type": "recurring",
         "unit_amount": unit, "unit_amount_decimal": unit}
        for name, unit, divide, rounds in (("base", 10000, "", ""), ("seat", 3000, 10, "up"))
    ],
    "discount": [
        {"id": "di_five", "_fivetran_synced": SYNCED, "coupon_id": "tenth", "customer_id": "cus_five",
         "start": "2026-03-05 10:00:00", "subscription_id": "sub_five"}
    ],
    "coupon": [
        {"id": "tenth", "_fivetran_synced": SYNCED, "created": "2026-01-01 10:00:00", "duration": "forever",
         "livemode": "true", "percent_off": "10.0", "times_redeemed": 1, "valid": "true"}
    ],
}  # fmt: skip


def history(inbox: Inbox) -> list[str]:
    texts = [text for texts in texts_by_row(inbox).values() for text in texts]
    return [text for _, text in sorted(texts)]


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a file of CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


@pytest.mark.long
def test_fivetrans_tables_are_joined_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subscription's row has no price, and was refused; its items, prices and discounts are tables of their own."""
    for number, order in enumerate(permutations(TABLES)):
        if number not in (0, 67, 119):
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        inbox = Inbox(folder, monkeypatch)
        for name in order:
            inbox.deliver_text("stripe", table(TABLES[name]), f"{name}.csv")
        # 100 a month and 25 seats in three packages of 30.00, less a tenth.
        assert history(inbox) == ["03-05 started 190.00 - 19.00"], order
        assert inbox.rejections() == []


def test_names_of_columns_in_capitals(inbox: Inbox) -> None:
    """Snowflake wrote ID and STATUS, and zones apart from their times: each row of each table was refused."""
    apart = {"created": "2026-03-05 12:00:00.000 +0200", "start_date": "2026-03-05 10:00:00.000 Z"}
    upper = {
        f"{name}.csv": table(
            [{column.upper(): apart.get(column, value) for column, value in row.items()} for row in rows]
        )
        for name, rows in TABLES.items()
    }
    inbox.deliver_files("stripe", upper)
    assert history(inbox) == ["03-05 started 190.00 - 19.00"]
    assert inbox.rejections() == []


def test_what_changes_in_a_table_is_told_from_then_on(inbox: Inbox) -> None:
    """More seats, and a discount, changed the price since the beginning: the expansion was lost."""

    def synced(name: str, day: str, **changes: Any) -> dict[str, Any]:
        return {**TABLES[name][0], "_fivetran_synced": f"2026-{day} 04:00:00", **changes}

    may = {"current_period_start": "2026-04-05 10:00:00", "current_period_end": "2026-05-05 10:00:00"}
    given = {"start": "2026-04-10 03:00:00"}
    rows = [
        *(synced(name, "03-06") for name in ("price", "coupon", "subscription", "subscription_item")),
        *(synced("subscription_item", "03-20", quantity=3), synced("subscription", "03-20")),
        *(synced("discount", "04-10", **given), synced("subscription", "04-10", **may)),
        synced("discount", "04-20", **given, _fivetran_deleted="true"),
    ]
    inbox.deliver("stripe", [{name: value for name, value in row.items() if value != ""} for row in rows])
    assert history(inbox) == [
        "03-05 started 100.00",
        "03-20 plan_changed 300.00",
        "04-05 renewed 300.00 - 30.00 until 04-20",
    ]
    assert inbox.rejections() == []


def test_airbytes_streams_are_objects_whatever_became_of_their_nesting(inbox: Inbox) -> None:
    """A warehouse's export has nested values as texts, in which no price was found."""
    half = discount("di_air", coupon("half", percent_off=50))
    typed = {**single("typed", discounts=[half]), "_airbyte_extracted_at": "2026-03-06 04:00:00"}
    flat = {name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in typed.items()}
    inbox.deliver_text("stripe", table([flat]), "subscriptions.csv")
    raw: Payload = {
        "_airbyte_raw_id": "1",
        "_airbyte_extracted_at": at("03-06") * 1000,
        "_airbyte_data": json.dumps(single("raw", unit=2000)),
    }
    inbox.deliver("stripe", [raw])
    assert history(inbox) == ["03-05 started 10.00 - 5.00", "03-05 started 20.00"]
    assert inbox.rejections() == []


def test_words_for_nothing_are_nothing(inbox: Inbox) -> None:
    """An export of a warehouse wrote NULL for what is not there, and the file was refused as a whole."""
    state = {**before_basil(single("words")), "_airbyte_extracted_at": "2026-03-06 04:00:00"}
    words = cycle(["null", "NULL", "None", "\\N", "NaN"])
    flat = {
        name: json.dumps(value) if isinstance(value, dict | list) else next(words) if value is None else value
        for name, value in state.items()
    }
    row = {**TABLES["subscription"][0], "cancel_at": "NULL", "pause_collection_behavior": "None", "currency": "usd"}
    inbox.deliver_text("stripe", table([flat]), "airbyte.csv")
    inbox.deliver_text("stripe", table([{**row, "status": "trialing", "trial_start": row["start_date"]}]), "five.csv")
    assert sorted(history(inbox)) == ["03-05 started 10.00", "03-05 trial_started ?"]
    assert inbox.rejections() == []


def test_yes_and_no_in_any_words(inbox: Inbox) -> None:
    """Redshift writes t and f: charges were lost, refunds of them not, and test mode was revenue."""
    charges, leaving = [], []
    for yes, no in (("t", "f"), ("1", "0"), ("True", "False"), ("yes", "no")):
        charge = {
            "id": f"ch_{yes}", "amount": "1000.0", "amount_captured": "1000.0", "amount_refunded": "0.0",
            "captured": yes, "created": "2026-03-05 10:00:00", "currency": "usd", "customer_id": "cus_words",
            "livemode": yes, "paid": yes, "payment_intent_id": f"pi_{yes}", "refunded": no, "status": "succeeded",
            "_fivetran_synced": SYNCED,
        }  # fmt: skip
        charges += [charge, {**charge, "id": f"ch_{no}", "livemode": no}]
        row = {**TABLES["subscription"][0], "id": f"sub_{yes}", "currency": "usd", "livemode": yes}
        leaving.append({**row, "cancel_at_period_end": yes})
    inbox.deliver_text("stripe", table(charges), "charge.csv")
    inbox.deliver_text("stripe", table(leaving), "subscription.csv")
    told = ("03-05 cancel_scheduled", "03-05 started ?", "03-05 succeeded 10.00 (other)", "rejected: test_mode")
    assert sorted(history(inbox)) == [text for text in told for _ in leaving]


def test_tables_beside_subscriptions_and_charges_are_none(inbox: Inbox) -> None:
    """A schedule's row was a subscription, since its id begins like one; an application's fee took from a refund."""
    of_charge = {"created": "2026-03-05 10:00:00", "livemode": "true", "charge_id": "ch_c", "_fivetran_synced": SYNCED}
    inbox.deliver("stripe", [
        {**of_charge, "id": "sub_sched_1", "status": "active", "customer_id": "cus_c", "end_behavior": "release"},
        {**of_charge, "id": "fee_1", "amount": "50", "amount_refunded": "0", "currency": "usd", "refunded": "false"},
        {**of_charge, "id": "issfr_1", "actionable": "true", "fraud_type": "misc"},
        {**of_charge, "id": "prv_1", "open": "true", "reason": "rule"},
        {**of_charge, "id": "ch_c", "amount": "1000", "amount_captured": "1000", "amount_refunded": "500",
         "captured": "true", "currency": "usd", "customer_id": "cus_c", "status": "succeeded"},
    ])  # fmt: skip
    assert history(inbox) == ["03-05 succeeded 10.00 (other)", "03-06 refunded 5.00 of charge"]
    assert inbox.rejections() == []


def test_airbytes_increments_are_in_the_order_of_their_events(inbox: Inbox) -> None:
    """Events are read newest first and extracted at once: the first price was taken for the last."""
    told = ((3000, "03-20"), (2000, "03-15"), (1000, "03-05"))
    inbox.deliver("stripe", [
        {
            "_airbyte_raw_id": str(number),
            "_airbyte_extracted_at": at("04-01") * 1000 + number,
            "_airbyte_data": {**single("inc", unit=unit), "updated": at(day)},
        }
        for number, (unit, day) in enumerate(told)
    ])  # fmt: skip
    assert history(inbox) == ["03-05 started 10.00", "03-15 plan_changed 20.00", "03-20 plan_changed 30.00"]


def test_a_subscription_without_items_has_the_plan_that_it_names(inbox: Inbox) -> None:
    """Stripe's own tables name plan and quantity beside the subscription, whose price was not known without items."""
    plan = {
        "id": "plan_own", "active": "true", "amount": "900", "created": "2026-01-01 10:00:00", "currency": "usd",
        "interval": "month", "interval_count": "3", "livemode": "true", "usage_type": "licensed",
    }  # fmt: skip
    row = {name: value for name, value in TABLES["subscription"][0].items() if not name.startswith("_")}
    batches = (
        {"quantity": "2", "batch_timestamp": SYNCED},
        {"quantity": "3", "batch_timestamp": "2026-03-20 04:00:00"},
    )
    inbox.deliver("stripe", [{**row, "plan_id": "plan_own", **batch} for batch in batches])
    inbox.deliver("stripe", [plan])
    assert history(inbox) == ["03-05 started 18.00 per 3 month", "03-20 plan_changed 27.00 per 3 month"]


def test_stitchs_objects_are_states_of_their_batch(inbox: Inbox) -> None:
    """Of two batches of one subscription neither had a time, and the second price was that of the start."""
    batches = (({"unit": 1000}, "2026-03-10T04:00:00Z"), ({"unit": 2000}, "2026-03-20T04:00:00Z"))
    inbox.deliver("stripe", [{**single("stitch", **of), "_sdc_batched_at": when} for of, when in batches])
    assert history(inbox) == ["03-05 started 10.00", "03-20 plan_changed 20.00"]


def test_airbytes_items_are_joined_where_the_subscription_lacks_them(inbox: Inbox) -> None:
    """A stream of items beside subscriptions without them left these without a price."""
    bare = subscription("bare", [])
    of = {**item(price("p", 1500), MARCH, APRIL, quantity=2), "subscription": "sub_bare"}
    inbox.deliver("stripe", [bare])
    assert history(inbox) == ["03-05 started ?"]
    inbox.deliver("stripe", [of])
    assert history(inbox) == ["03-05 started 30.00"]


def test_eventbridge_has_the_event_in_its_detail(inbox: Inbox) -> None:
    """An event by way of Amazon's bus was no event."""
    detail = created(single("bus"))
    inbox.deliver("stripe", [{"version": "0", "id": "bus", "source": "aws.partner/stripe.com", "detail": detail}])
    assert history(inbox) == ["03-05 started 10.00"]
