"""The checkout and the account on the page Retention.

Belongs here: what a reader sees of them. Does not belong here: the numbers (dbt's unit tests).
"""

from __future__ import annotations

from pathlib import Path

from tests.app import marts
from tests.app.conftest import write_snapshot
from tests.app.test_pages import open_page, table_of, words_of

_STEPS = """insert into journey.fct_checkout_steps by name
    select date '2025-02-01' as month, dimension, value as dimension_value, step, number as step_number, tries, went_on,
        tries - went_on as dropped, 1 as completed, 0.5 as completion_rate, 2.5 as median_minutes_to_next
    from (values ('(all)', '(all)', 'checkout_started', 3, 4, 2), ('(all)', '(all)', 'payment_submitted', 5, 2, 1),
        ('error_code', '<b>expired</b>', 'checkout_started', 3, 1, 0)) as rows (dimension, value, step, number, tries,
        went_on)"""
_ACTIONS = """insert into journey.fct_account_actions_monthly by name
    select date '2025-02-01' as month, 'card_updated' as action, 3 as actions, 2 as customers, 2 as followed,
        1 as paying_after, 1 as churned_within, 0.5 as paying_after_rate, 0.5 as churned_within_rate"""


def test_steps_and_actions_are_shown_in_words(home: Path) -> None:
    """A funnel ended at "began a checkout", and nobody could say at which step or error it lost people."""
    write_snapshot(home, *marts.contract_tables(), _STEPS, _ACTIONS)
    page = open_page("retention", retention_part="checkout", checkout_cut="error_code")
    assert table_of(page)["step"].to_list() == ["Checkout started", "Payment submitted"]
    assert table_of(page, 1)["dimension_value"].to_list() == ["<b>expired</b>"]
    assert len(page.get("vega_lite_chart")) == 1
    actions = table_of(open_page("retention", retention_part="account"))
    assert actions["action"].to_list() == ["Card updated"]


def test_without_events_the_page_says_what_brings_them(home: Path) -> None:
    write_snapshot(home, *marts.contract_tables())
    assert "No checkouts" in words_of(open_page("retention", retention_part="checkout"))
    assert "No actions told" in words_of(open_page("retention", retention_part="account"))
