"""Who was erased: keyed hashes of identifiers, each with the pseudonym that stands in its place.

Nobody can be named from it, but whoever is named can be recognised. It is written before the first file is cut, so
an erasure that was killed knows what it had begun.

Belongs here: the registry and the record of erasures on disk. Does not belong here: what is cut, and how.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.errors import UserError
from pipelines.kept import write_kept
from pipelines.privacy.keys import keyed_hash, secret_key
from pipelines.settings import Settings
from pipelines.sources.words import words_of_senders

EMAIL = re.compile(r"[^\s\"'<>@,;:{}()\\|=&?/]+(?:@|%40)[^\s\"'<>@,;:{}()\\|=&?/]+\.[^\s\"'<>@,;:{}()\\|=&?/.]+")
PSEUDONYM = re.compile(r"erased-?[0-9a-f]{12}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
_FILE = "registry.jsonl"
_REMEMBERED = 1_000_000
_NUMBERED = re.compile(r"(?:[a-z]{2,4}_)?(erased-[0-9a-f]{12}(?:-[a-z](?=[0-9]{4,}$)|$))")
_PREFIX = re.compile(r"[a-z]{2,4}_(?=[A-Za-z0-9])")
_ERASED_DOMAIN = "@erased.invalid"
# Numbers of a shop's customers, subscriptions and payments are the same small ones. Kinds of one family share theirs.
_FAMILIES = {
    "customer": "person",
    "alias": "person",
    "visitor": "visitor",
    "subscription": "subscription",
    "purchase": "subscription",
    "transaction": "payment",
    "order": "payment",
    "request": "request",
}
KINDS = tuple(_FAMILIES)
"""What an identifier can be of, as the contract's columns say it: a short one is known only among those of its kind."""


@dataclass(frozen=True)
class Entry:
    """One identifier of an erased person, and what stands in its place."""

    hash: str
    pseudonym: str
    length: int
    is_distinct: bool
    """Whether it can be nothing else, wherever it stands: a short one is sought only where identifiers stand."""


@dataclass
class Erasure:
    """One erasure: when, of how many people, and the hashes of the files before and after; no end while it is not.

    ``lake_version`` is the number of the commit before it, ``entry`` the hash of an entry of the registry without which
    it never began; the records of before have neither.
    """

    number: int
    begun_at: str
    people: int
    ended_at: str | None = None
    files: list[dict[str, str]] = field(default_factory=list)
    lake_version: int = 0
    entry: str = ""


class Registry:
    """The erased people of an environment."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.entries: dict[str, Entry] = {}
        self.lengths: set[int] = set()
        self._found: dict[tuple[str, tuple[str, ...]], Entry | None] = {}
        self._numbers: Counter[str] = Counter()
        self._pseudonyms: set[str] = set()
        self._add(_read(self._path))

    @cached_property
    def key(self) -> str:
        """The key of the hashes."""
        return secret_key(self.settings)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def knows(self, name: str) -> bool:
        """Whether somebody was erased whom a name names, as whoever asks gives it: with its kind before it, or bare."""
        return bool(self.find(name, KINDS) or self.find(name.partition(":")[2], KINDS))

    def find(self, text: str, kinds: tuple[str, ...] = ()) -> Entry | None:
        """The entry of an identifier, be it an address in other capitals or a UUID written otherwise.

        A short identifier is found as one of ``kinds`` only, the first of them first.
        """
        is_address = "@" in text or "%40" in text
        if len(text) not in self.lengths and not is_address and not _UUID.fullmatch(text):
            return None
        if (text, kinds) not in self._found:
            if len(self._found) > _REMEMBERED:
                self._found.clear()
            entry = self.entries.get(keyed_hash(self.key, text))
            if entry is None and is_address:
                entry = self._address(text.strip().lower())
            elif entry is None and _UUID.fullmatch(text):
                entry = self.entries.get(keyed_hash(self.key, text.replace("-", "").lower()))
            self._found[text, kinds] = entry or self._short(text, kinds)
        return self._found[text, kinds]

    @property
    def newest(self) -> str:
        """The hash of the entry that was added last."""
        return next(reversed(self.entries))

    def _short(self, text: str, kinds: tuple[str, ...]) -> Entry | None:
        """The entry of a short identifier of one of the kinds."""
        families = dict.fromkeys(_FAMILIES[kind] for kind in kinds if kind in _FAMILIES)
        found = (self.entries.get(keyed_hash(self.key, f"{family} {text}")) for family in families)
        return next((entry for entry in found if entry), None)

    def _address(self, address: str) -> Entry | None:
        """The entry of an address, or one made of that of its hash, which is all that some senders tell of it."""
        entry = self.entries.get(keyed_hash(self.key, address))
        if entry is None:
            digest = hashlib.sha256(address.replace("%40", "@").encode(errors="surrogateescape")).hexdigest()
            known = self.entries.get(keyed_hash(self.key, digest))
            entry = replace(known, pseudonym=self.address_for(digest)) if known else None
        return entry

    def add_person(self, identifiers: Mapping[str, Iterable[str]]) -> None:
        """Register one person: identifiers by what they identify, the person's own first.

        Pseudonyms sort as the identifiers do, since the order of two subscriptions can decide between them.
        """
        person = f"erased-{secrets.token_hex(6)}"
        for kind, texts in identifiers.items():
            for text in sorted(text for text in set(texts) if not self.is_pseudonym(text)):
                self.add_identifier(person, kind, text)

    def add_identifier(self, person: str, kind: str, text: str) -> str:
        """Register one more identifier of a person; its pseudonym."""
        known = self.find(text, (kind,))
        if known:
            return known.pseudonym
        if kind == "email":
            return self._add_address(text)
        # A mapping may know by it what an id is of, as by Stripe's ch_ and cus_.
        prefix = match[0] if (match := _PREFIX.match(text)) and match[0] in words_of_senders() else ""
        if kind == "email_hash":
            pseudonym = hashlib.sha256(self.address_for(text).encode()).hexdigest()
        elif kind == "customer" and not self._numbers[person]:
            pseudonym = prefix + person
        else:
            pseudonym = f"{prefix}{person}-{kind[0]}{self._numbers[f'{person}-{kind[0]}'] + 1:04d}"
        self._enter(text, pseudonym, _FAMILIES.get(kind))
        return pseudonym

    def is_pseudonym(self, text: str) -> bool:
        """Whether a text stands for somebody who was erased, so that there is nobody behind it."""
        return bool(PSEUDONYM.search(text)) or text in self._pseudonyms

    def address_for(self, digest: str) -> str:
        """The address that stands for one of which only the SHA-256 is known: senders link people by either."""
        return f"erased-{keyed_hash(self.key, 'address ' + digest)[:20]}{_ERASED_DOMAIN}"

    def pseudonymous_address(self, address: str) -> str:
        """The address that stands for an address."""
        plain = address.replace("%40", "@").strip().lower()
        return self.address_for(hashlib.sha256(plain.encode(errors="surrogateescape")).hexdigest())

    def save(self) -> None:
        """Write the registry whole, or leave the one before."""
        lines = (json.dumps(asdict(entry), sort_keys=True) for entry in self.entries.values())
        write_kept(self.settings.home, self._path, "".join(f"{line}\n" for line in lines))

    def merge(self, other: Path) -> None:
        """Take over the entries of the registry in another folder, as of a backup."""
        self._add(read_registry(other).values())

    @property
    def _path(self) -> Path:
        return self.settings.erasures / _FILE

    def _add_address(self, address: str) -> str:
        plain = address.strip().lower()
        pseudonym = self.pseudonymous_address(plain)
        self._enter(plain, pseudonym)
        self._enter(plain.replace("@", "%40"), pseudonym.replace("@", "%40"))
        for algorithm in ("sha256", "sha1", "md5"):
            # Senders tell of addresses by their hash, which is as good as the address.
            digests = (hashlib.new(algorithm, text.encode(), usedforsecurity=False) for text in (plain, pseudonym))
            self._enter(*(digest.hexdigest() for digest in digests))
        return pseudonym

    def _enter(self, text: str, pseudonym: str, family: str | None = None) -> None:
        if _UUID.fullmatch(text) and (plain := text.replace("-", "").lower()) != text:
            self._add([Entry(keyed_hash(self.key, plain), pseudonym, len(plain), is_distinct=True)])
        for form in {text, text.lower()} if "@" in text else {text}:
            is_short = family is not None and not is_distinct(form)
            hashed = keyed_hash(self.key, f"{family} {form}" if is_short else form)
            self._add([Entry(hashed, pseudonym, len(form), is_distinct(form))])
        self._found.clear()

    def _add(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.hash not in self.entries and (match := _NUMBERED.match(entry.pseudonym)):
                self._numbers[match[1]] += 1
            self.entries[entry.hash] = entry
            self._pseudonyms.add(entry.pseudonym)
            self.lengths.add(entry.length)


def is_distinct(text: str) -> bool:
    """Whether a text is long and odd enough to mean one thing wherever it stands."""
    if text.isdigit():
        return len(text) >= 9
    if any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text):
        return len(text) >= 4
    return len(text) >= (12 if text.isalpha() else 6)


def erasures(settings: Settings) -> list[Erasure]:
    """The record of all erasures that began, oldest first."""
    found = [Erasure(**_json(path)) for path in sorted(settings.erasures.glob("[0-9]*.json"))]
    if not any(erasure.entry and erasure.ended_at is None for erasure in found):
        return found
    registered = read_registry(settings.erasures)
    return [erasure for erasure in found if not erasure.entry or erasure.entry in registered]


def begin_erasure(settings: Settings, people: int, lake_version: int, entry: str = "") -> Erasure:
    """Write down that an erasure has begun, or begins once the registry has the entry; over one that never did."""
    number = max((erasure.number for erasure in erasures(settings)), default=0) + 1
    begun_at = datetime.now(UTC).isoformat(timespec="seconds")
    erasure = Erasure(number, begun_at, people, lake_version=lake_version, entry=entry)
    save_erasure(settings, erasure)
    return erasure


def save_erasure(settings: Settings, erasure: Erasure) -> None:
    """Write down how far an erasure is."""
    path = settings.erasures / f"{erasure.number:04d}.json"
    write_kept(settings.home, path, json.dumps(asdict(erasure), indent=1) + "\n")


def read_registry(folder: Path) -> dict[str, Entry]:
    """The entries of the registry in a folder, by their hash; none where there is no registry."""
    return {entry.hash: entry for entry in _read(folder / _FILE)}


def _read(path: Path) -> list[Entry]:
    if not path.exists():
        return []
    try:
        return [Entry(**json.loads(line)) for line in path.read_text().splitlines()]
    except (ValueError, TypeError) as error:
        raise UserError(
            f"{path} is broken, and without it people who were erased come back: restore it from a backup."
        ) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        raise UserError(f"{path} is broken: restore it from a backup, or remove it and erase again.") from error
    return content
