"""Cutting erased people out of texts and rows: pseudonyms for identifiers, nothing for other personal data.

The same text always comes out the same, whichever file it is in and whenever it arrives, and two identifiers never
come out as one. So a sender's rows that are cut map to the canonical rows that are cut, and totals stay as they are.

Belongs here: what becomes of a value. Does not belong here: documents (``documents``), who is erased (``registry``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache

from pipelines.contract.shapes import Column, Feed, Kind
from pipelines.privacy.registry import KINDS, PSEUDONYM, Entry, Registry, is_distinct
from pipelines.sources.words import words_of_senders

_WORD = re.compile(r"[^\s\"'<>,;{}()\[\]|\\=&?]+")
_PARTS = re.compile(r"([\W_]+)")
_MOST_PARTS = 40
_TEXTS = frozenset((Kind.TEXT, Kind.JSON))


class Cutter:
    """Cuts the people of a registry out of what it is given."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.words = words_of_senders()
        """What senders say of everybody, so that it names nobody wherever it stands alone."""
        self._words: dict[str, str] = {}

    def value(self, text: str, kinds: tuple[str, ...]) -> str:
        """An identifier of one of the kinds, as of a column that holds nothing else."""
        entry = self.registry.find(text, kinds)
        if entry:
            return self.pseudonym(entry, text)
        name, colon, rest = text.partition(":")
        if colon and name.replace("_", "").isalpha() and (entry := self.registry.find(rest, kinds)):
            return f"{name}:{entry.pseudonym}"
        return self.text(text)

    def pseudonym(self, entry: Entry, text: str) -> str:
        """What stands for a text that was found."""
        return entry.pseudonym if "%40" not in text else entry.pseudonym.replace("@", "%40")

    def names(self, text: str | None, kinds: tuple[str, ...]) -> bool:
        """Whether an identifier of one of the kinds is that of an erased person, or of what is left of one."""
        return text is not None and (self.value(text, kinds) != text or bool(PSEUDONYM.search(text)))

    def text(self, text: str, *, own: bool = False) -> str:
        """Any text with every identifier replaced that can be nothing else; in a person's own, short ones too."""
        return _WORD.sub(lambda match: self._word(match[0], own=own), text)

    def row(self, feed: Feed, row: Mapping[str, str | None]) -> dict[str, str | None] | None:
        """A row of a feed; None when it names nobody who was erased."""
        columns, identifying = _columns_of(feed)
        own = [name for name in identifying if row.get(name) and self.names(row[name], columns[name].identifier_kinds)]
        cut: dict[str, str | None] = {}
        for name, text in row.items():
            column = columns.get(name)
            if text is None:
                cut[name] = None
            elif column is None:
                # What it says is not known, so it may be anything about the person.
                cut[name] = None if own else self.text(text)
            else:
                cut[name] = self.field(column, text, own=bool(own))
        if own:
            self._register_others(columns, row, cut, identifying.difference(own))
        return cut if cut != row else None

    def field(self, column: Column, text: str, *, own: bool) -> str | None:
        """The value of a contract's column, in a row of the person's own or of somebody else."""
        if column.identifies and column.kind is not Kind.JSON:
            return self.value(text, column.identifier_kinds)
        if own and column.personal:
            return None
        if column.kind not in _TEXTS and text[:1].isdigit():
            # A number or a time names nobody, and most values are one.
            return text
        return self.text(text, own=own and column.name == "event_id")

    def _register_others(
        self,
        columns: Mapping[str, Column],
        row: Mapping[str, str | None],
        cut: dict[str, str | None],
        names: Collection[str],
    ) -> None:
        """Replace what else a row of an erased person is known by, such as a payment made since."""
        found = (PSEUDONYM.search(str(cut[name])) for name in columns if cut.get(name) and columns[name].identifies)
        person = next((match[0] for match in found if match), None)
        for name in names:
            text, kind = row.get(name), columns[name].identifies
            if text and kind == "email":
                # Others may have the address too, so it is not registered.
                cut[name] = self.address(text)
                continue
            # A visitor is a device, which a household shares; a word that anybody may use names nobody.
            if person and text and kind != "visitor" and is_distinct(text) and not PSEUDONYM.search(str(cut[name])):
                cut[name] = self.registry.add_identifier(person, str(kind), text)

    def address(self, address: str) -> str:
        """What stands for any address of an erased person; for what stands for one already, itself."""
        if PSEUDONYM.match(address):
            return address
        pseudonym = self.registry.pseudonymous_address(address)
        return pseudonym.replace("@", "%40") if "%40" in address else pseudonym

    def _word(self, word: str, *, own: bool) -> str:
        cached = None if own else self._words.get(word)
        if cached is not None:
            return cached
        cut = self._cut_word(word, own=own)
        if not own:
            if len(self._words) > 1_000_000:
                self._words.clear()
            self._words[word] = cut
        return cut

    def _cut_word(self, word: str, *, own: bool) -> str:
        """A word with the longest identifiers in it replaced, at the borders of its letters and digits."""
        if word in self.words or PSEUDONYM.search(word):
            return word
        entry = self._fitting(word, own=own)
        if entry:
            return self.pseudonym(entry, word)
        parts = _PARTS.split(word)
        if len(parts) < 3 or len(parts) > _MOST_PARTS:
            return word
        starts = range(len(parts))
        for start in starts:
            for end in range(len(parts), start, -1):
                piece = "".join(parts[start:end])
                if end - start < len(parts) and (entry := self._fitting(piece, own=own)):
                    before, after = "".join(parts[:start]), "".join(parts[end:])
                    return before + self.pseudonym(entry, piece) + self._word(after, own=own)
        return word

    def _fitting(self, piece: str, *, own: bool) -> Entry | None:
        if piece in self.words:
            return None
        is_short_one = own and len(piece) > 2 and not piece.isdigit()
        entry = self.registry.find(piece, KINDS if is_short_one else ())
        return entry if entry and (entry.is_distinct or is_short_one) else None


@cache
def _columns_of(feed: Feed) -> tuple[dict[str, Column], frozenset[str]]:
    """The columns of a feed by name, and the names of those that identify somebody."""
    columns = {column.name: column for column in feed.columns}
    naming = (name for name, column in columns.items() if column.identifies and column.kind is not Kind.JSON)
    return columns, frozenset(naming)
