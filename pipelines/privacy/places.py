"""Which fields of a document name somebody, and what of a person they name: an id of a few digits says it by its place.

A sender declares the places that its fields' names do not tell (``Source.identifiers``); elsewhere the names tell.

Belongs here: fields and their places. Does not belong here: what becomes of an identifier (``cutting``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipelines.privacy.registry import KINDS
from pipelines.sources.base import IdentifierPlace

Path = tuple[str, ...]
"""The names of the fields that lead to a value, from the outermost on; positions in lists do not count."""

_KEY_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_PERSON = ("customer", "alias", "visitor")
_PAYMENT = ("transaction", "subscription")
_KINDS_OF_WORDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("customer", "customers", "user", "account", "subscriber", "shopper", "member", "client"), _PERSON),
    **dict.fromkeys(("viewer", "person", "buyer", "payer", "contact", "profile", "patron", "email", "mail"), _PERSON),
    "visitor": ("visitor", "customer"),
    "subscription": ("subscription",),
    # An app store's first transaction stands for the subscription.
    **dict.fromkeys(("transaction", "payment", "order", "purchase"), _PAYMENT),
    "ticket": ("request",),
    **dict.fromkeys(("alias", "aliases", "external", "recurring"), KINDS),
}
_NAMING = frozenset(("id", "ids", "number", "no", "ref", "reference", "key", "token", "uuid", "value", "name"))


class Places:
    """Where the documents of one sender name somebody."""

    def __init__(self, declared: Sequence[IdentifierPlace] = ()) -> None:
        self._declared: dict[Path, list[IdentifierPlace]] = {}
        for place in declared:
            self._declared.setdefault(tuple(place.path.split(".")), []).append(place)

    def kinds(self, path: Path, of: Collection[tuple[str, object]]) -> tuple[str, ...]:
        """What of a person the value at a path names, as a field of the object ``of``; nothing when it names nobody."""
        if not path:
            return ()
        declared = self._declared.get(path)
        if declared is None:
            return kinds_of_name(path[-1])
        return tuple(place.kind for place in declared if place.where is None or place.where in of)


def kinds_of_name(name: str) -> tuple[str, ...]:
    """What of a person a field or column names by its own name."""
    words = [word.lower() for word in _KEY_WORDS.findall(name)]
    if not words or not (words[-1] in _NAMING or words[-1] in _KINDS_OF_WORDS):
        return ()
    return tuple(dict.fromkeys(kind for word in reversed(words) for kind in _KINDS_OF_WORDS.get(word, ())))
