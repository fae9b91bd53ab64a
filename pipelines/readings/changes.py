"""The list of changes that comes with the product, entry by entry.

Belongs here: reading the list. Does not belong here: showing it (``app.parts.whats_new``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CHANGES = Path(__file__).parents[2] / "CHANGELOG.md"
_ENTRY = re.compile(r"^- (.*(?:\n(?:  .*|$))*)", re.MULTILINE)
_WAS = re.compile(r"\bwas\b", re.IGNORECASE)
_VERSION = re.compile(r"^## (.+)$", re.MULTILINE)
# What only an entry on numbers speaks of.
_NUMBERS = re.compile(r"\b(MRR|churn(?:ed)?|lapse|definition|convention|retention|cohort|rate of|recognition)\b")


@dataclass(frozen=True)
class Change:
    """One entry in Markdown; whether it says what a number was before, and whether it breaks what relied on it."""

    version: str
    text: str

    @property
    def is_definition(self) -> bool:
        """Whether it tells of a number that means something else since."""
        return _WAS.search(self.text) is not None and _NUMBERS.search(self.text) is not None

    @property
    def is_breaking(self) -> bool:
        """Whether somebody may have to change something."""
        return "breaking" in self.text.lower()


def read_changes(file: Path) -> list[Change]:
    """The entries in the order of the list; none where the list did not come with the product."""
    if not file.is_file():
        return []
    parts = _VERSION.split(file.read_text(encoding="utf-8"))
    return [
        Change(version.strip(), " ".join(entry.split()))
        for version, body in zip(parts[1::2], parts[2::2], strict=True)
        for entry in _ENTRY.findall(body)
    ]
