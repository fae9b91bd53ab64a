"""The checkout and the account on the page Retention.

Belongs here: what a reader sees of them. Does not belong here: the numbers (dbt's unit tests).
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from app.queries import checkout, metrics
from app.queries.rows import number_of_rows
from pipelines.publishing.snapshots import find_snapshot
from tests.app import marts
from tests.app.conftest import write_snapshot
from tests.app.test_pages import open_page, table_of, table_with, words_of
from tests.cli.conftest import Churniq, churniq  # noqa: F401 - churniq is a fixture

_STEPS = """insert into journey.fct_checkout_steps by name
    select date '2025-02-01' as month, dimension, value as dimension_value, step, number as step_number, tries, went_on,
        tries - went_on as dropped, 1 as completed, 0.5 as completion_rate, 2.5 as median_minutes_to_next
    from (values ('(all)', '(all)', 'checkout_started', 3, 4, 2), ('(all)', '(all)', 'payment_submitted', 5, 2, 1),
        ('error_code', '<b>expired</b>', 'checkout_started', 3, 1, 0)) as rows (dimension, value, step, number, tries,
        went_on)"""
_COMBINED = """insert into journey.fct_checkout_steps_by_combination by name
    select date '2025-02-01' as month, step, 'basic' as offer_id, '(none)' as device, '(none)' as payment_method,
        '(none)' as coupon_code, error as error_code, country, '(none)' as acquisition_channel, tries, went_on,
        tries - went_on as dropped, completed
    from (values ('checkout_started', '(none)', 'NL', 3, 2, 1), ('checkout_started', '<b>expired</b>', 'DE', 1, 0, 0),
        ('payment_submitted', '(none)', 'NL', 2, 1, 1)) as rows (step, error, country, tries, went_on, completed)"""
_ACTIONS = """insert into journey.fct_account_actions by name
    select 'e' || customer_id as event_id, customer_id, 'v' as visitor_id, 'card_updated' as action,
        timestamp '2025-02-03 10:00:00' as occurred_at, date '2025-02-03' as action_date, 'basic' as offer_id,
        channel, is_followed, paying as is_paying_after, not paying as has_churned_within
    from (values ('anna', 'web', true, true), ('bert', 'ios', true, false), ('cleo', 'web', false, null)
    ) as actions (customer_id, channel, is_followed, paying)"""

_TRIES = """insert into journey.fct_checkout_tries by name
    select 'v' || number as visitor_id, 't' || number as try_id, customer_id, date '2025-02-01' as month,
        timestamp '2025-02-03 10:00:00' as began_at, furthest as furthest_step, furthest = 7 as is_completed
    from (values (1, 'anna', 3), (2, null, 3), (3, 'bert', 5), (4, 'anna', 7)
    ) as tries (number, customer_id, furthest)"""


@pytest.mark.parametrize("step", ["checkout_started", "payment_submitted"])
def test_a_part_of_a_bar_opens_as_many_tries_as_it_counts(home: Path, step: str) -> None:
    settings = write_snapshot(home, *marts.contract_tables(), _STEPS, _TRIES)
    file = str(settings.published / find_snapshot(settings).file)
    month, going_on = date(2025, 2, 1), {"checkout_started": 2, "payment_submitted": 1}[step]
    assert number_of_rows(file, checkout.tries(month, step, dropped=True)) == going_on
    assert number_of_rows(file, checkout.tries(month, step, dropped=False)) == going_on
    of_nobody = (("country", ("IT",)), ("offer", ("(none)",)))
    assert number_of_rows(file, checkout.tries(month, step, of_nobody[:1], dropped=False)) == 0
    assert number_of_rows(file, checkout.tries(month, step, of_nobody[1:], dropped=False)) == going_on


def test_steps_and_actions_are_shown_in_words(home: Path) -> None:
    """A funnel ended at "began a checkout", and nobody could say at which step or error it lost people."""
    write_snapshot(home, *marts.contract_tables(), _STEPS, _COMBINED, _ACTIONS)
    page = open_page("retention", retention_part="checkout", checkout_cut="error_code")
    assert table_of(page)["step"].to_list() == ["Checkout started", "Payment submitted"]
    assert table_of(page)["tries"].to_list() == [4, 2]
    assert table_of(page)["median_minutes_to_next"].to_list() == [2.5, 2.5]
    assert table_of(page, 1)["dimension_value"].to_list() == ["<b>expired</b>", "None named", "None named"]
    assert len(page.get("vega_lite_chart")) == 1
    actions = table_with(open_page("retention", retention_part="account"), "actions").row(0, named=True)
    assert (actions["action"], actions["actions"], actions["followed"]) == ("Card updated", 3, 2)
    assert actions["paying_after_rate"] == actions["churned_within_rate"] == 50


def test_steps_are_filtered_and_answered_alike_by_the_command(home: Path, churniq: Churniq) -> None:  # noqa: F811
    """The steps were of everybody, whatever country or offer was chosen above the page."""
    write_snapshot(home, *marts.ALL, _STEPS, _COMBINED)
    page = open_page("retention", retention_part="checkout", country="NL")
    assert "Filtered: country NL" in words_of(page)
    assert table_of(page)["tries"].to_list() == [3, 2]
    assert "median_minutes_to_next" not in table_of(page).columns
    told = churniq("metric", "checkout_step_tries", "--by", "step", "--where", "country=NL", "--format", "json")
    rows = [row for row in json.loads(told.out) if row["period"] == "2025-02-01"]
    assert [int(row["checkout_step_tries"]) for row in rows] == [3, 2]


def test_a_part_of_the_actions_opens_its_rows(home: Path) -> None:
    """They were counted by month, so that nobody could ask who it was, or of which channel."""
    settings = write_snapshot(home, *marts.contract_tables(), _ACTIONS)
    file = str(settings.published / find_snapshot(settings).file)
    days = date(2025, 2, 1), date(2025, 2, 28)
    assert number_of_rows(file, metrics.counted_behind("account_actions", *days, (("channel", ("web",)),), None)) == 2


@pytest.mark.parametrize("came", [False, True])
def test_a_feed_that_never_came_is_what_is_missing(home: Path, came: bool) -> None:
    """A part said that its numbers begin later; and of a feed that had come, that it would bring them."""
    row = ["insert into ops.feed_freshness values ('journey_events', 1, null, null)"] if came else []
    write_snapshot(home, *marts.contract_tables(), *row)
    never = "The feed journey_events never came: run churniq ingest PATH, then churniq build."
    checkout, account = (words_of(open_page("retention", retention_part=part)) for part in ("checkout", "account"))
    rate = words_of(open_page("explore", metric="checkout_completion_rate"))
    assert [never in said for said in (checkout, account, rate)] == [not came] * 3
    assert "No checkouts" in checkout
    assert ("Nothing of it happened yet." in rate) is came
