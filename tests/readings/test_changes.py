"""The list of changes as What's new shows it.

Belongs here: entries and their marks. Does not belong here: the page.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from pipelines.readings.changes import CHANGES, definition_changes, read_changes

_LIST = """# Changes

## Unreleased

Words that are no entry.

- Numbers. Lapse: was after 30 days, is after 35, and 60 in grace
  (breaking: silent churn of before changes).
- A page more.

## 0.1

- The first.
"""
# What only an entry on numbers speaks of, and entries that do and change the meaning of none.
_NUMBERS = re.compile(r"\b(MRR|churn(?:ed)?|lapse|definition|convention|retention|cohort|rate of|recognition)\b")
_WAS = re.compile(r"\bwas\b", re.IGNORECASE)
_OTHER = (
    "MRR past its paid period stands",
    *("Training a churn model takes", "Dashboards to work in.", "Several filters at once.", "Fewer pages."),
    *(
        "Stripe: the end to which a trial is moved",
        "`churniq backfill --from DAY",
        "Changes of definitions have a date",
        "`churniq metric` answers to ARR",
        "What is to come of cohorts and buyers",
        "Charts of causes by month, of MRR by cut and by offer",
        "Returns within twelve months, recognised revenue, attempts in dunning",
        "Where more than a twentieth of MRR is past its paid period",
        "Sentences write money as the cards do",
        "A business in its first month",
    ),
)


def test_entries_are_whole_and_marked(tmp_path: Path) -> None:
    """A number that changed its meaning must be found by who wonders about it."""
    file = tmp_path / "CHANGELOG.md"
    file.write_text(_LIST)
    lapse, page, first = read_changes(file)
    assert lapse.text.endswith("and 60 in grace (breaking: silent churn of before changes).")
    assert (lapse.version, lapse.is_definition, lapse.is_breaking) == ("Unreleased", True, True)
    assert (page.is_definition, page.is_breaking, first.version) == (False, False, "0.1")
    assert read_changes(tmp_path / "none.md") == []


def test_our_own_list_is_read_whole() -> None:
    """An entry that the pattern loses would be a change that nobody hears of."""
    entries = [line for line in CHANGES.read_text().splitlines() if line.startswith("- ")]
    assert len(read_changes(CHANGES)) == len(entries) > 10


def test_every_change_of_a_definition_is_in_the_list_of_changes() -> None:
    """What is dated in one place and told in another drifts apart."""
    changes = definition_changes()
    for change in changes:
        assert sum(change.entry in entry.text for entry in read_changes(CHANGES)) == 1, change.entry
        assert change.before != change.after
        assert all(text.endswith(".") for text in (change.before, change.after)), change.number
        assert date(2026, 11, 1) < change.changed_on
    assert [change.changed_on for change in changes] == sorted(
        (change.changed_on for change in changes), reverse=True
    ), "the newest first"


def test_an_entry_on_numbers_is_one_of_a_definition_or_said_to_be_none() -> None:
    """The meaning of a number changed in an entry of the list, and no page said so."""
    suspects = [entry for entry in read_changes(CHANGES) if _WAS.search(entry.text) and _NUMBERS.search(entry.text)]
    unsaid = [entry.text[:80] for entry in suspects if not entry.is_definition and not entry.text.startswith(_OTHER)]
    assert not unsaid, "add it to definition_changes.toml, or to _OTHER here"
