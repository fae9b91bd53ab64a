"""Who a person is: every identifier by which the lake knows somebody, from any one of them.

The links are followed as the warehouse follows them (``stg_customer_aliases``): the newest link of an identifier
counts, over at most four steps. What belongs to another customer as well is not the person's alone and stays.

Belongs here: reading the canonical rows for that. Does not belong here: what is done with the identifiers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed, Kind
from pipelines.errors import UserError
from pipelines.lake.sql import alias_of, canonical_select, quote
from pipelines.lake.store import Contents
from pipelines.privacy.registry import is_distinct

_STEPS = 4
_HASHED = "email_hash:"
_HASH = "sha256(lower(trim($1)))"  # of an address: all that senders' webhooks leave of it beside their own bytes
# What mappings keep of a sender's context is not always an id: it may be the name of an offer, or a time.
_OF_SENDERS = frozenset(("purchase", "order", "other"))
# A time within an id, which others have as well; spelled as the senders spell it.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?")
_IDENTIFIER = re.compile(r"(?=\S*[A-Za-z])(?=\S*[0-9])[^\s|:]{8,}")


@dataclass
class Person:
    """One customer: the id that stands for all others, and the identifiers by what they identify."""

    customer_id: str
    customer_ids: set[str] = field(default_factory=set)
    identifiers: dict[str, set[str]] = field(default_factory=dict)
    shared_addresses: set[str] = field(default_factory=set)
    """Addresses that another customer has given as well."""


class People:
    """The people of a lake."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, root: Path, contents: Contents) -> None:
        self._connection = connection
        self._selects = {
            name: canonical_select(feed, [root / file for file in contents.canonical.get(name, [])])
            for name, feed in FEEDS.items()
        }
        connection.execute(
            f"""
            create or replace temp table links as
            select alias, customer_id from (
                select alias, customer_id, row_number() over (
                    partition by alias order by recorded_at desc nulls last, customer_id
                ) as link_rank
                from (
                    select {alias_of("alias_kind", "alias_value")} as alias, customer_id, recorded_at
                    from ({self._selects["identity_links"]})
                    union all
                    select 'email_hash:' || sha256(lower(trim(email))), customer_id, recorded_at
                    from ({self._selects["customer_events"]}) where email is not null
                ) where alias <> customer_id
            ) where link_rank = 1
            """
        )

    def find(self, text: str) -> Person | None:
        """The person whom a text names: a customer id, an identifier of a sender, or an address; None when nobody.

        Raises ``UserError`` when several customers have the address.
        """
        roots = {self._root(known) for known in self._customers_named(text)}
        if not roots:
            return None
        if len(roots) > 1:
            raise UserError(f"{text} names {len(roots)} customers ({', '.join(sorted(roots))}): name one of them.")
        return self._person(roots.pop())

    def deleted(self) -> list[str]:
        """The customers whose newest event says that they were deleted."""
        rows = self._connection.execute(
            f"""
            select customer_id from (
                select customer_id, event_type, row_number() over (
                    partition by customer_id order by occurred_at desc, recorded_at desc, event_id desc
                ) as event_rank from ({self._selects["customer_events"]})
            ) where event_rank = 1 and event_type = 'deleted' order by 1
            """
        ).fetchall()
        return [customer for (customer,) in rows]

    def expired(self, now: datetime) -> list[str]:
        """The customers of whom no row is a reason to keep them any longer, by the contract's periods of the feeds."""
        feeds = [feed for feed in FEEDS.values() if feed.retention_months and "customer_id" in feed.column_names]
        rows = " union all ".join(
            f"select customer_id, {feed.happened_at} + interval {feed.retention_months} month as kept_until "
            f"from ({self._selects[feed.name]}) where customer_id is not null"
            for feed in feeds
        )
        found = self._connection.execute(
            f"""
            select coalesce(
                fourth.customer_id, third.customer_id, second.customer_id, first.customer_id, known.customer_id
            ) as customer_id
            from (select customer_id, max(kept_until) as kept_until from ({rows}) group by 1) as known
            left join links as first on first.alias = known.customer_id
            left join links as second on second.alias = first.customer_id
            left join links as third on third.alias = second.customer_id
            left join links as fourth on fourth.alias = third.customer_id
            group by 1 having max(kept_until) < $1 order by 1
            """,
            [now.astimezone(UTC).replace(tzinfo=None)],
        ).fetchall()
        return [customer for (customer,) in found]

    def _customers_named(self, text: str) -> set[str]:
        named = " union ".join(
            f"select customer_id from ({self._selects[name]}) "
            "where customer_id = $1 or ends_with(customer_id, ':' || $1) "
            f"or (contains($1, '@') and (lower(customer_id) = lower($1) or customer_id = '{_HASHED}' || {_HASH}))"
            for name, feed in FEEDS.items()
            if "customer_id" in feed.column_names
        )
        rows = self._connection.execute(
            f"""
            {named}
            union select alias from links where alias = $1
            union select customer_id from ({self._selects["identity_links"]}) where alias_value = $1
                or (contains($1, '@') and alias_value = {_HASH})
            union select customer_id from ({self._selects["customer_events"]})
            where lower(trim(email)) = lower(trim($1))
            """,
            [text],
        ).fetchall()
        return {str(row[0]) for row in rows}

    def _root(self, customer: str) -> str:
        for _ in range(_STEPS):
            found = self._connection.execute("select customer_id from links where alias = $1", [customer]).fetchall()
            if not found:
                break
            customer = str(found[0][0])
        return customer

    def _person(self, root: str) -> Person:
        person = Person(root, {root})
        for _ in range(_STEPS):
            rows = self._rows("select alias from links where customer_id in (select unnest($1))", person.customer_ids)
            person.customer_ids |= {alias for (alias,) in rows}
        own: set[str] = set() if root.startswith(_HASHED) else _parts(root)
        person.identifiers = {"customer": own, **dict(self._identifiers(person))}
        return person

    def _identifiers(self, person: Person) -> Iterator[tuple[str, set[str]]]:
        addresses = {
            address
            for (address,) in self._rows(
                f"select distinct lower(trim(email)) from ({self._selects['customer_events']}) "
                "where customer_id in (select unnest($1)) and email is not null",
                person.customer_ids,
            )
        }
        person.shared_addresses = {
            address
            for (address,) in self._connection.execute(
                f"select distinct lower(trim(email)) from ({self._selects['customer_events']}) "
                "where lower(trim(email)) in (select unnest($1)) and customer_id not in (select unnest($2))",
                [list(addresses), list(person.customer_ids)],
            ).fetchall()
        }
        yield "email", addresses - person.shared_addresses
        linked = self._rows(
            f"select alias_kind, alias_value from ({self._selects['identity_links']}) "
            f"where {alias_of('alias_kind', 'alias_value')} in (select unnest($1))",
            person.customer_ids,
        )
        yield (
            "email_hash",
            {
                *(value for kind, value in linked if kind == "email_hash"),
                *(name.removeprefix(_HASHED) for name in person.customer_ids if name.startswith(_HASHED)),
            }
            - {hashlib.sha256(address.encode()).hexdigest() for address in person.shared_addresses},
        )
        yield (
            "alias",
            {
                *(value for kind, value in linked if kind != "email_hash"),
                *(part for name in person.customer_ids if not name.startswith(_HASHED) for part in _parts(name)),
            }
            - person.identifiers.get("customer", set()),
        )
        owned = self._owned(person.customer_ids)
        for kind, texts in owned.items():
            if kind in _OF_SENDERS:
                named = {text for text in texts if is_distinct(text) and _IDENTIFIER.fullmatch(text)}
                yield kind, {text for text in named if not _TIME.search(text)}
            else:
                yield kind, {part for text in texts for part in _parts(text)}

    def _owned(self, customers: set[str]) -> dict[str, set[str]]:
        """What the rows of the person name, unless a row of another customer names it too."""
        owned: dict[str, set[str]] = {}
        for feed in FEEDS.values():
            for name, kind in _naming_columns(feed):
                # A household shares a device; that an event names another customer is a sender's mistake.
                others = 0 if kind == "visitor" else 1
                rows = self._rows(
                    f"select {quote(name)} from ({self._selects[feed.name]}) where {quote(name)} is not null "
                    "group by 1 having bool_or(customer_id in (select unnest($1))) and "
                    f"count(distinct customer_id) filter (customer_id not in (select unnest($1))) <= {others}",
                    customers,
                )
                owned.setdefault(kind, set()).update(text for (text,) in rows)
        orders = self._rows(
            f"select distinct order_id from ({self._selects['store_purchases']}) "
            "where purchase_id in (select unnest($1)) and order_id is not null",
            owned.get("subscription", set()),
        )
        owned.setdefault("order", set()).update(order for (order,) in orders)
        return owned

    def _rows(self, query: str, values: Iterable[str]) -> list[tuple[str, ...]]:
        return self._connection.execute(query, [list(values)]).fetchall()


def _naming_columns(feed: Feed) -> Iterator[tuple[str, str]]:
    """The columns of a feed beside the customer's own that name what a customer has."""
    if "customer_id" in feed.column_names and feed.name != "identity_links":
        for column in feed.columns:
            if column.identifies not in {None, "customer", "email"} and column.kind is not Kind.JSON:
                yield column.name, str(column.identifies)


def _parts(text: str) -> set[str]:
    """What of an identifier names somebody: without the kind before it, or the parts that a mapping joined to one."""
    timeless = _TIME.sub("", text).strip(":")
    kind, colon, rest = timeless.partition(":")
    if not colon:
        return {timeless or text}
    has_kind = kind.replace("_", "").isalpha() and kind.islower()
    if has_kind and ":" not in rest:
        return {rest}
    return {part for part in timeless.split(":") if _IDENTIFIER.fullmatch(part)} or {rest if has_kind else text}
