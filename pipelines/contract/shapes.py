"""What a feed is: columns with their kinds and rules, a key, and what a second row with the same key means.

Belongs here: the shape of the contract. Does not belong here: any feed (``pipelines.contract.feeds``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipelines.contract.codes import COUNTRIES, CURRENCIES


class Kind(StrEnum):
    """The type of a column, and so how its text is read and how it is stored."""

    TEXT = "VARCHAR"
    TIMESTAMP = "TIMESTAMP"
    DATE = "DATE"
    MONEY = "DECIMAL(18,4)"
    RATE = "DECIMAL(28,12)"
    INTEGER = "BIGINT"
    NUMBER = "DOUBLE"
    BOOLEAN = "BOOLEAN"
    JSON = "JSON"

    @property
    def storage(self) -> str:
        """The SQL type in which a column of this kind is stored."""
        return "VARCHAR" if self is Kind.JSON else self.value


class Code(StrEnum):
    """Sets of allowed codes that are too long to list beside a column; ``CODES`` has them."""

    CURRENCY = "ISO 4217"
    COUNTRY = "ISO 3166-1 alpha-2"


CODES = {Code.CURRENCY: CURRENCIES, Code.COUNTRY: COUNTRIES}


_IDENTIFIES = {
    "customer_id": "customer",
    "alias_value": "customer",
    "email": "email",
    "subscription_id": "subscription",
    "replaces_subscription_id": "subscription",
    "transaction_id": "transaction",
    "original_transaction_id": "transaction",
    "transaction_ids": "transaction",
    "visitor_id": "visitor",
    "ticket_id": "request",
    "purchase_id": "purchase",
    "replaces_purchase_id": "purchase",
    "order_id": "order",
    "subject_id": "other",
}


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    ``default`` is an SQL literal or the name of another column that stands in for a null.
    ``required_for`` names the event types for which the column must not be null, ``unless`` a boolean column is true.
    ``minimum`` is the smallest allowed number; money is never below 0 unless it is ``signed``, a rate always above it.
    ``code`` is a set of codes of a standard, ``pattern`` a regular expression that the whole text matches.
    ``personal`` marks data about an identifiable person: masked in what is published, absent from logs.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    allowed: tuple[str, ...] = ()
    code: Code | None = None
    pattern: str | None = None
    default: str | None = None
    required_for: tuple[str, ...] = ()
    unless: str | None = None
    minimum: int | None = None
    signed: bool = False
    personal: bool = False

    @property
    def identifies(self) -> str | None:
        """What of a person the column names, by its name; None when it names nobody.

        An erasure puts a pseudonym in the place of what identifies, and leaves other personal data out.
        """
        return _IDENTIFIES.get(self.name)

    @property
    def identifier_kinds(self) -> tuple[str, ...]:
        """The same as the kinds of identifiers that may stand in the column."""
        return (self.identifies,) if self.identifies else ()


@dataclass(frozen=True)
class Feed:
    """One feed: its key, its columns, and what a second row with the same key means.

    A row equal to an accepted one in every column is a duplicate, in every feed. A row that agrees with an
    accepted one on ``conflict_key`` but differs elsewhere is a conflict: the first stays. Feeds without a
    conflict key keep every differing row, and readers take the newest known row of each ``key``.
    ``ordered`` lists pairs of columns of which the first must not be after the second.
    ``links_aliases`` says that a row leads from the alias of ``alias_kind`` and ``alias_value`` to ``customer_id``,
    which must be another id.
    ``retention_months`` is how long a row is a reason to keep whoever it is about: when no row is one any more, the
    person is due to be erased.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    conflict_key: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    links_aliases: bool = False
    retention_months: int | None = None

    @property
    def happened_at(self) -> str | None:
        """The column that says when a row happened; None for reference rows."""
        return next((name for name in ("occurred_at", "opened_at", "activity_date") if name in self.column_names), None)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    @property
    def required_names(self) -> tuple[str, ...]:
        """The columns without which a file of this feed cannot be loaded at all."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column called ``name``; a ``KeyError`` when the feed has none."""
        return {column.name: column for column in self.columns}[name]
