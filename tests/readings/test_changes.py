"""The list of changes as What's new shows it.

Belongs here: entries and their marks. Does not belong here: the page.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.readings.changes import CHANGES, read_changes

_LIST = """# Changes

## Unreleased

Words that are no entry.

- Lapse. Was: after 30 days
  of silence. Breaking: silent churn of before changes.
- A page more.

## 0.1

- The first.
"""


def test_entries_are_whole_and_marked(tmp_path: Path) -> None:
    """A number that changed its meaning must be found by who wonders about it."""
    file = tmp_path / "CHANGELOG.md"
    file.write_text(_LIST.replace("Was:", "The lapse was"))
    lapse, page, first = read_changes(file)
    assert lapse.text == "Lapse. The lapse was after 30 days of silence. Breaking: silent churn of before changes."
    assert (lapse.version, lapse.is_definition, lapse.is_breaking) == ("Unreleased", True, True)
    assert (page.is_definition, page.is_breaking, first.version) == (False, False, "0.1")
    assert read_changes(tmp_path / "none.md") == []


def test_our_own_list_is_read_whole() -> None:
    """An entry that the pattern loses would be a change that nobody hears of."""
    entries = [line for line in CHANGES.read_text().splitlines() if line.startswith("- ")]
    assert len(read_changes(CHANGES)) == len(entries) > 10
    assert any(change.is_definition for change in read_changes(CHANGES))
