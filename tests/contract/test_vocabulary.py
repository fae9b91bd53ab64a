"""What dbt lists in a macro and senders take from the contract is one list, said twice since dbt cannot read Python."""

from __future__ import annotations

import re

import pytest

from pipelines.contract import vocabulary
from pipelines.warehouse.dbt import PROJECT_FOLDER

_MACROS = PROJECT_FOLDER / "macros" / "domain"


def _words(macro: str, after: str = "") -> set[str]:
    """The words in quotes of a macro, or those of its lists behind a piece of SQL."""
    text = (_MACROS / f"{macro}.sql").read_text(encoding="utf-8")
    lists = re.findall(rf"{re.escape(after)} (?:in|=) (\([^)]*\)|'[a-z_]+')", text) if after else [text]
    return set(re.findall(r"'([a-z_]+)'", " ".join(lists)))


@pytest.mark.parametrize(
    ("macro", "listed"),
    [
        ("is_opening_type", vocabulary.OPENING_EVENT_TYPES),
        ("sets_price_type", vocabulary.PRICED_EVENT_TYPES),
        ("account_actions", vocabulary.ACCOUNT_ACTIONS),
    ],
)
def test_a_macro_lists_what_the_contract_lists(macro: str, listed: tuple[str, ...]) -> None:
    """A sender that prices an event which the warehouse takes no price from loses a change of price without a word."""
    assert _words(macro) == set(listed)


def test_every_reason_of_an_end_has_a_kind() -> None:
    """A reason that no branch names would be churn of unknown kind, though it was told why."""
    assert _words("churn_kind", after="{{ end_reason }}") == set(vocabulary.END_REASONS)


def test_steps_of_a_checkout_are_events_of_journeys() -> None:
    assert _words("checkout_steps") < {*vocabulary.JOURNEY_STEPS, *vocabulary.CHECKOUT_STEPS}
