"""What differs between two sides, and the proof that nothing else does: a closing that adds up exactly.

Every subscription of either side is in one class (``differences``) or alike. So before - missing + surplus + doubled
= after in subscriptions, and, with the changes of MRR and what is within the tolerance, in MRR.

Belongs here: totals, groups, and that they close. Does not belong here: who is who
(``matching``), which rows differ (``differences``), and how it reads (``report``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from pipelines.migration.differences import (
    CUSTOMER_STATUS,
    FIELDS,
    IGNORABLE,
    KINDS,
    make_customer_differences,
    make_differences,
)
from pipelines.migration.matching import leave_out_ended, make_customers, match, read_identity, read_sides
from pipelines.migration.renewals import make_renewals

# Columns that a platform may not know at all: compared only where both sides know any.
_OFFER_COLUMNS = {"offer": "offer_id", "currency": "currency"}
_KNOWN_COLUMNS = {
    **_OFFER_COLUMNS,
    "amount": "amount",
    "interval": "interval",
    "discount": "discount",
    "discount_end": "discount",
    "period_end": "period_end",
}


@dataclass(frozen=True)
class Rules:
    """How a comparison is made; ``tolerance_mrr`` is of one subscription, in the reporting currency.

    ``is_live_only`` leaves out subscriptions that have ended on every side that has them.
    """

    as_of: datetime
    timezone: str
    tolerance_mrr: Decimal = Decimal(0)
    ignored: frozenset[str] = frozenset()
    is_live_only: bool = False
    customer_identity: Path | None = None
    subscription_identity: Path | None = None


@dataclass(frozen=True)
class ClosingLine:
    """One line of the closing of subscriptions and MRR: signed, so that the lines before the last add up to it."""

    line: str
    subscriptions: int
    mrr: Decimal


@dataclass(frozen=True)
class CustomerLine:
    """One line of the closing of customers with a subscription."""

    line: str
    customers: int


@dataclass(frozen=True)
class Group:
    """Subscriptions and MRR of both sides with something in common, which ``of`` names."""

    of: tuple[str, ...]
    before_subscriptions: int
    after_subscriptions: int
    before_mrr: Decimal
    after_mrr: Decimal


@dataclass(frozen=True)
class CustomerGroup:
    """Customers of both sides with a status."""

    of: tuple[str, ...]
    before_customers: int
    after_customers: int


@dataclass(frozen=True)
class Comparison:
    """The outcome of a comparison. The rows behind it are in the tables of its connection.

    ``not_compared`` gives the fields that were left out, with the reason; ``matched_by`` counts the pairs by how
    they were found; ``changed_fields`` counts the changed subscriptions by field; ``unused_identities`` are rows of
    the identity files whose before_id the before side does not have.
    """

    closing: tuple[ClosingLine, ...]
    customer_closing: tuple[CustomerLine, ...]
    counts: dict[str, int]
    customer_counts: dict[str, int]
    matched_by: dict[str, int]
    changed_fields: dict[str, int]
    not_compared: dict[str, str]
    unused_identities: dict[str, int]
    by_status: tuple[Group, ...]
    by_offer: tuple[Group, ...]
    renewals_by_day: tuple[Group, ...]
    renewals_by_week: tuple[Group, ...]
    customers_by_status: tuple[CustomerGroup, ...]

    @property
    def is_alike(self) -> bool:
        """Whether no subscription and no customer differs."""
        return not any(self.counts.values()) and not any(self.customer_counts.values())


def compare(connection: duckdb.DuckDBPyConnection, before: Path, after: Path, rules: Rules) -> Comparison:
    """Compare two DuckDB files with the tables ``core.fct_subscriptions`` and ``core.dim_customers``.

    Leaves the tables ``differences`` (grain: subscription that differs), ``customer_differences`` (grain: customer
    that differs) and ``renewals`` (grain: day) in the connection, which must be fresh. Raises ``UserError`` for an
    identity file that cannot be used.
    """
    connection.execute("set TimeZone = 'UTC'")
    unused = {}
    for table, path, option in (
        ("customer_identity", rules.customer_identity, "--identity"),
        ("subscription_identity", rules.subscription_identity, "--subscription-identity"),
    ):
        read_identity(connection, path, table=table, option=option)
        unused[option] = table
    read_sides(connection, before, after, rules.as_of)
    not_compared = _not_compared(connection, rules)
    match(connection, with_offers="offer" not in not_compared)
    if rules.is_live_only:
        leave_out_ended(connection)
    make_customers(connection)
    make_differences(
        connection,
        tolerance_mrr=rules.tolerance_mrr,
        timezone=rules.timezone,
        compared=[field for field in FIELDS if field not in not_compared],
    )
    make_customer_differences(connection, with_status=CUSTOMER_STATUS not in not_compared)
    by_day, by_week = make_renewals(connection, as_of=rules.as_of, timezone=rules.timezone)
    counted = dict(connection.execute("select kind, count(*) from differences group by kind").fetchall())
    customers = dict(connection.execute("select kind, count(*) from customer_differences group by kind").fetchall())
    return Comparison(
        closing=_closing(connection),
        customer_closing=_customer_closing(connection),
        counts={kind: counted.get(kind, 0) for kind in KINDS},
        customer_counts={kind: customers.get(kind, 0) for kind in ("missing", "surplus", "changed")},
        matched_by=dict(
            connection.execute(
                "select matched_by, count(*) from pairs group by matched_by order by 2 desc, 1"
            ).fetchall()
        ),
        changed_fields=dict(
            connection.execute(
                "select field, count(*) from (select unnest(changed_fields) as field from differences) group by field "
                "order by 2 desc, 1"
            ).fetchall()
        ),
        not_compared=not_compared,
        unused_identities={option: _unused(connection, table) for option, table in unused.items()},
        by_status=_groups(connection, "status"),
        by_offer=_groups(
            connection,
            *("''" if field in not_compared else f"coalesce({column}, '')" for field, column in _OFFER_COLUMNS.items()),
        ),
        renewals_by_day=tuple(Group((str(day),), *rest) for day, *rest in by_day),
        renewals_by_week=tuple(Group((str(week),), *rest) for week, *rest in by_week),
        customers_by_status=tuple(
            CustomerGroup((status,), *rest)
            for status, *rest in connection.execute(
                """
                select status, coalesce(before.customers, 0), coalesce(after.customers, 0)
                from (select status, count(*) as customers from before_customers group by status) as before
                full join (select status, count(*) as customers from after_customers group by status) as after
                    using (status)
                order by status
                """
            ).fetchall()
        ),
    )


def _not_compared(connection: duckdb.DuckDBPyConnection, rules: Rules) -> dict[str, str]:
    reasons = dict.fromkeys((field for field in IGNORABLE if field in rules.ignored), "left out by --ignore")
    for field, column in _KNOWN_COLUMNS.items():
        for side in ("before", "after"):
            known = connection.execute(f"select count({column}) from {side}_subscriptions").fetchall()[0][0]
            if not known and field not in reasons:
                reasons[field] = f"the {side} side has none"
    return reasons


def _closing(connection: duckdb.DuckDBPyConnection) -> tuple[ClosingLine, ...]:
    """The two ends are sums of the sides, the lines between them sums of the differences: that they agree is a test."""
    rows = connection.execute(
        """
        select 'before', count(*), coalesce(sum(mrr), 0) from before_subscriptions
        union all
        select 'missing', -count(*), coalesce(-sum(before_mrr), 0) from differences where kind = 'missing'
        union all
        select 'surplus', count(*), coalesce(sum(after_mrr), 0) from differences where kind = 'surplus'
        union all
        select 'doubled', count(*), coalesce(sum(after_mrr), 0) from differences where kind = 'doubled'
        union all
        select 'changed', 0, coalesce(sum(after_mrr - before_mrr), 0) from differences where kind = 'changed'
        union all
        select 'within the tolerance', 0, coalesce(sum(after_mrr - before_mrr), 0)
        from matched where len(changed_fields) = 0
        union all
        select 'after', count(*), coalesce(sum(mrr), 0) from after_subscriptions
        """
    ).fetchall()
    return tuple(ClosingLine(line, int(count), Decimal(mrr).quantize(Decimal("0.0001"))) for line, count, mrr in rows)


def _customer_closing(connection: duckdb.DuckDBPyConnection) -> tuple[CustomerLine, ...]:
    rows = connection.execute(
        """
        select 'before', coalesce(sum(customers), 0) from before_customers
        union all
        select 'became one with another', -coalesce(sum(customers - 1), 0) from before_customers
        union all
        select 'missing', -count(*) from customer_differences where kind = 'missing'
        union all
        select 'surplus', count(*) from customer_differences where kind = 'surplus'
        union all
        select 'after', count(*) from after_customers
        """
    ).fetchall()
    return tuple(CustomerLine(line, int(count)) for line, count in rows)


def _groups(connection: duckdb.DuckDBPyConnection, *keys: str) -> tuple[Group, ...]:
    names = [f"key_{number}" for number in range(len(keys))]
    named = ", ".join(f"{key} as {name}" for key, name in zip(keys, names, strict=True))
    sides = [
        f"(select {named}, count(*) as subscriptions, sum(mrr) as mrr from {side}_subscriptions group by all) as {side}"
        for side in ("before", "after")
    ]
    rows = connection.execute(
        f"""
        select
            {", ".join(names)}, coalesce(before.subscriptions, 0), coalesce(after.subscriptions, 0),
            coalesce(before.mrr, 0), coalesce(after.mrr, 0)
        from {sides[0]} full join {sides[1]} using ({", ".join(names)})
        order by {", ".join(names)}
        """
    ).fetchall()
    return tuple(Group(tuple(map(str, row[: len(keys)])), *row[len(keys) :]) for row in rows)


def _unused(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    column = table.removesuffix("_identity") + "_id"
    rows = connection.execute(
        f"select count(*) from {table} where before_id not in (select {column} from before_side.core.fct_subscriptions)"
    ).fetchall()
    return int(rows[0][0])
