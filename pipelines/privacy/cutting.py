"""Cutting erased people out of texts, rows and JSON: pseudonyms for identifiers, nothing for other personal data.

The same text always comes out the same, whichever file it is in and whenever it arrives, and two identifiers never
come out as one. So a sender's rows that are cut map to the canonical rows that are cut, and totals stay as they are.

Belongs here: what becomes of a value. Does not belong here: file formats (``files``), who is erased (``registry``).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, cast

from pipelines.contract.shapes import Column, Feed, Kind
from pipelines.privacy.registry import EMAIL, PSEUDONYM, Entry, Registry, is_distinct
from pipelines.privacy.seals import SEAL, seal
from pipelines.receiver.records import CHECKSUM, checksum_of, sealed

_WORD = re.compile(r"[^\s\"'<>,;{}()\[\]|\\=&?]+")
_PARTS = re.compile(r"([\W_]+)")
_MOST_PARTS = 40
_TEXTS = frozenset((Kind.TEXT, Kind.JSON))
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
# Fields of senders whose names say that they name somebody, without separators and in small letters.
_PERSONAL = re.compile(
    r"(first|last|given|middle|full|display|sur|family|holder|cardholder|shopper|billing|customer|payer)?name[0-9]?"
    r"|surname|.*(phone|mobile|telephone)(number)?|line[12]|.*street.*|(address)?(line)?[12]|addressline[0-9]"
    r"|adminarea[0-9]|housenumberorname|postalcode|postcode|zip(code)?|city|town|(.*ip)(address)?|xforwardedfor"
    r"|useragent|dateofbirth|dob|birth(date|day|year)|last4|cardsummary|iban|(account)?fingerprint|accountnumber"
    r"|shopperstatement|receiptnumber"
)
_NAMES_OF_THINGS = {"name"}
_KEY_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_PEOPLE = frozenset(
    (
        *("customer", "customers", "user", "account", "subscriber", "shopper", "member", "visitor", "client", "viewer"),
        *("person", "buyer", "payer", "contact", "profile", "patron", "alias", "external", "email", "mail"),
        *("subscription", "recurring", "transaction", "payment", "order", "purchase", "ticket"),
    )
)
_NAMING = frozenset(("id", "ids", "number", "no", "ref", "reference", "key", "token", "uuid", "value", "name"))


class RawNumber(str):
    """A JSON number as it was written."""

    __slots__ = ()


class JsonObject(list[tuple[str, Any]]):
    """A JSON object as its fields in their order, repeated ones too."""


class Cutter:
    """Cuts the people of a registry out of what it is given."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._words: dict[str, str] = {}

    def value(self, text: str) -> str:
        """An identifier, as of a column that holds nothing else."""
        entry = self.registry.find(text)
        if entry:
            return self.pseudonym(entry, text)
        kind, colon, rest = text.partition(":")
        if colon and kind.replace("_", "").isalpha() and (entry := self.registry.find(rest)):
            return f"{kind}:{entry.pseudonym}"
        return self.text(text)

    def pseudonym(self, entry: Entry, text: str) -> str:
        """What stands for a text that was found."""
        return entry.pseudonym if "%40" not in text else entry.pseudonym.replace("@", "%40")

    def names(self, text: str | None) -> bool:
        """Whether an identifier is that of an erased person, or of what is left of one."""
        return text is not None and (self.value(text) != text or bool(PSEUDONYM.search(text)))

    def text(self, text: str, *, own: bool = False) -> str:
        """Any text with every identifier replaced that can be nothing else; in a person's own, short ones too."""
        return _WORD.sub(lambda match: self._word(match[0], own=own), text)

    def row(self, feed: Feed, row: Mapping[str, str | None]) -> dict[str, str | None] | None:
        """A row of a feed; None when it names nobody who was erased."""
        columns, identifying = _columns_of(feed)
        own = [name for name in identifying if row.get(name) and self.names(row[name])]
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
            return self.value(text)
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

    def json_text(self, text: str, *, is_payload: bool = False) -> str:
        """JSON in which the records that name an erased person are cut; any other text as ``text`` does."""
        try:
            node = parse(text)
        except ValueError:
            return self.text(text)
        cut = self._records(node, is_payload=is_payload)
        return text if cut is node else dump(cut)

    def _records(self, node: Any, *, is_payload: bool = False) -> Any:
        """The records of a document cut one by one, so that one person's record leaves the next alone."""
        if isinstance(node, list) and not isinstance(node, JsonObject):
            cut = [self._records(item, is_payload=is_payload) for item in node]
            return node if all(new is old for new, old in zip(cut, node, strict=True)) else cut
        if isinstance(node, JsonObject):
            for position, (key, value) in enumerate(node):
                if key == "body" and node[0][0] == "received_at" and isinstance(value, str):
                    body = self.json_text(value, is_payload=is_payload)
                    return node if body == value else self._with_body(node, position, body)
                if key == "notificationItems" and isinstance(value, list):
                    items = self._records(value)
                    rest = JsonObject([*node[:position], (key, items), *node[position + 1 :]])
                    return node if items is value else self._sealed(rest, is_payload=is_payload)
            if self._concerns(node):
                return self._sealed(self._own(node, ""), is_payload=is_payload)
        return node

    def _with_body(self, node: JsonObject, position: int, body: str) -> JsonObject:
        """An envelope of the receiver with another body; of its headers, what names an address is left out.

        Its checksum is made anew, unless it did not hold before: what was damaged must not look whole.
        """
        cut = JsonObject(
            (key, body if number == position else self._own(value, key) if key == "headers" else value)
            for number, (key, value) in enumerate(node)
            if key != CHECKSUM
        )
        if node[-1][0] != CHECKSUM:
            return cut
        record = sealed(dump(cut))
        return cast(JsonObject, parse(record)) if checksum_of(dump(node)) else JsonObject([*cut, node[-1]])

    def _sealed(self, node: Any, *, is_payload: bool) -> Any:
        if not is_payload or not isinstance(node, JsonObject):
            return node
        fields = [(key, value) for key, value in node if key != SEAL]
        return JsonObject([*fields, (SEAL, seal(self.registry.key, dump(JsonObject(fields))))])

    def _concerns(self, node: Any, key: str = "") -> bool:
        """Whether a record names an erased person anywhere, encoded texts in it too."""
        if isinstance(node, JsonObject):
            return any(self._concerns(value, name) for name, value in node)
        if isinstance(node, list):
            return any(self._concerns(item, key) for item in node)
        if not isinstance(node, str):
            return False
        entry = self.registry.find(node)
        if entry and (entry.is_distinct or _names_people(key) or _is_code(node)):
            return True
        if isinstance(node, RawNumber):
            return False
        inner = _decoded(node)
        if inner is not None:
            return self._concerns(inner[0], key)
        return bool(PSEUDONYM.search(node)) or self.text(node) != node

    def _own(self, node: Any, key: str, siblings: Collection[str] = ()) -> Any:
        """What is left of a part of a record of an erased person."""
        if isinstance(node, JsonObject):
            names = {name for name, _ in node}
            return JsonObject([(name, self._own(value, name, names)) for name, value in node])
        if isinstance(node, list):
            return [self._own(item, key, siblings) for item in node]
        if not isinstance(node, str):
            return node
        entry = self.registry.find(node)
        if entry and (entry.is_distinct or _names_people(key) or _is_code(node)):
            return self.pseudonym(entry, node)
        if isinstance(node, RawNumber):
            return None if self._is_personal(key, siblings) else node
        inner = _decoded(node)
        if inner is not None:
            content, encode = inner
            own = self._own(content, key)
            return node if dump(own) == dump(content) else encode(dump(own))
        if self._is_personal(key, siblings):
            return "erased" if node and not PSEUDONYM.search(node) else node
        return EMAIL.sub(lambda match: self.address(match[0]), self.text(node))

    @staticmethod
    def _is_personal(key: str, siblings: Collection[str]) -> bool:
        plain = key.lower().replace("_", "").replace("-", "")
        if plain in _NAMES_OF_THINGS:
            # A product has a name as well; only what has an address beside it is somebody.
            plains = {name.lower() for name in siblings}
            return bool(plains & {"email", "e-mail", "address", "phone", "surname", "shipping", "tax_exempt"})
        return bool(_PERSONAL.fullmatch(plain))

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
        if PSEUDONYM.search(word):
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
        entry = self.registry.find(piece)
        if entry is None or entry.is_distinct:
            return entry
        return entry if own and len(piece) > 2 and not piece.isdigit() else None


@cache
def _columns_of(feed: Feed) -> tuple[dict[str, Column], frozenset[str]]:
    """The columns of a feed by name, and the names of those that identify somebody."""
    columns = {column.name: column for column in feed.columns}
    naming = (name for name, column in columns.items() if column.identifies and column.kind is not Kind.JSON)
    return columns, frozenset(naming)


def _is_code(text: str) -> bool:
    """Whether a whole text, however short, is no word and no number, so that it is the identifier it equals."""
    return not text.isalpha() and any(letter.isalpha() for letter in text)


def _names_people(key: str) -> bool:
    """Whether a sender's field names somebody, so that what is too short to be sought anywhere is an identifier."""
    words = [word.lower() for word in _KEY_WORDS.findall(key)]
    return bool(words) and not _PEOPLE.isdisjoint(words) and (words[-1] in _NAMING or words[-1] in _PEOPLE)


def parse(text: str) -> Any:
    """JSON with its numbers as they were written and every field in its place; raises ``ValueError``."""
    return json.loads(
        text, parse_float=RawNumber, parse_int=RawNumber, parse_constant=RawNumber, object_pairs_hook=JsonObject
    )


def dump(node: Any) -> str:
    """JSON of what ``parse`` gave, without spaces."""
    if isinstance(node, JsonObject):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{dump(value)}" for key, value in node) + "}"
    if isinstance(node, list):
        return "[" + ",".join(dump(item) for item in node) + "]"
    return str(node) if isinstance(node, RawNumber) else json.dumps(node, ensure_ascii=False)


def _decoded(text: str) -> tuple[Any, Callable[[str], str]] | None:
    """The JSON inside a text (as it is, in a signed token, in base64), and how to put other JSON there."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            return parse(text), str
        except ValueError:
            return None
    if _TOKEN.fullmatch(text):
        header, payload, _ = text.split(".")
        content = _json_in_base64(payload)
        if content is None:
            return None
        return content, lambda changed: f"{header}.{_base64url(changed)}.erased"
    if _BASE64.fullmatch(text):
        content = _json_in_base64(text)
        if content is None:
            return None
        return content, lambda changed: base64.b64encode(changed.encode(errors="surrogatepass")).decode()
    return None


def _json_in_base64(text: str) -> Any:
    try:
        decoded = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
        content = parse(decoded.decode())
    except (ValueError, binascii.Error):
        return None
    return content if isinstance(content, list) else None


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode(errors="surrogatepass")).decode().rstrip("=")
