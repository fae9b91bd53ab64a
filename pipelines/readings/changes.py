"""What changed: the list of changes of the product, and the numbers that mean something else since.

Belongs here: reading both. Does not belong here: showing them (``app.parts.whats_new``), the changes themselves
(``CHANGELOG.md``, which a wheel has beside this package, and ``definition_changes.toml``).
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

_SHIPPED = Path(__file__).parents[1] / "CHANGELOG.md"
CHANGES = _SHIPPED if _SHIPPED.is_file() else Path(__file__).parents[2] / "CHANGELOG.md"
DEFINITIONS = Path(__file__).with_name("definition_changes.toml")
_ENTRY = re.compile(r"^- (.*(?:\n(?:  .*|$))*)", re.MULTILINE)
_VERSION = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class DefinitionChange:
    """Since when a number means something else, what it meant and means; ``entry`` is in the list of changes."""

    changed_on: date
    number: str
    before: str
    after: str
    entry: str


@dataclass(frozen=True)
class Change:
    """One entry in Markdown; whether a number means something else by it, and whether it breaks what relied on it."""

    version: str
    text: str

    @property
    def is_definition(self) -> bool:
        """Whether it tells of a number that means something else since."""
        return any(change.entry in self.text for change in definition_changes())

    @property
    def is_breaking(self) -> bool:
        """Whether somebody may have to change something."""
        return "breaking" in self.text.lower()


@cache
def definition_changes() -> tuple[DefinitionChange, ...]:
    """The numbers that mean something else than they did, the newest change first."""
    found = tomllib.loads(DEFINITIONS.read_text(encoding="utf-8"))["change"]
    return tuple(
        DefinitionChange(one["date"], one["number"], one["before"], one["after"], one["entry"]) for one in found
    )


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
