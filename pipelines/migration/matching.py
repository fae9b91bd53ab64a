"""Which subscription of one side is which of the other: by id first, then by what they say.

Belongs here: identities and pairs. Does not belong here: what differs between the two of a pair (``comparison``).

``read_sides`` makes the tables ``before_subscriptions`` and ``after_subscriptions`` (grain: subscription); ``match``
makes ``pairs`` (grain: subscription on both sides; before_id, after_id, matched_by); ``make_customers`` makes
``before_customers`` and ``after_customers`` (grain: customer with a subscription, by the name that after has for it).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.errors import UserError
from pipelines.lake.sql import literal

# From the best customer status to the least: customers that became one take the best of theirs.
_STATUSES = "['paying', 'trial', 'churned', 'registered', 'deleted']"

_PRICE = {
    "amount": "DECIMAL(18,4)",
    "billing_interval": "VARCHAR",
    "billing_interval_count": "INTEGER",
    "discount_amount": "DECIMAL(18,4)",
    "discount_ends_at": "TIMESTAMP",
}

# After ids: what two open subscriptions must share, from the strictest; of several the nth goes with the nth.
_FALLBACKS = {
    "customer, offer and state": ("customer_key", "offer_key", "is_live"),
    "customer and offer": ("customer_key", "offer_key"),
}


def read_identity(connection: duckdb.DuckDBPyConnection, path: Path | None, *, table: str, option: str) -> int:
    """Make a table (before_id, after_id) of a CSV file of these two columns; gives its rows. No file, no rows.

    Raises ``UserError`` when it is no such file, an id is empty, or a before_id has two meanings.
    """
    if path is None:
        connection.execute(f"create temp table {table} (before_id VARCHAR, after_id VARCHAR)")
        return 0
    try:
        connection.execute(
            f"create temp table {table} as select distinct nullif(trim(before_id), '') as before_id, "
            "nullif(trim(after_id), '') as after_id "
            f"from read_csv({literal(str(path))}, header = true, all_varchar = true, delim = ',')"
        )
    except duckdb.Error as error:
        raise UserError(
            f"{option} {path} is no CSV file with the columns before_id and after_id: write one pair of ids a row."
        ) from error
    empty = connection.execute(f"select count(*) from {table} where before_id is null or after_id is null").fetchall()[
        0
    ][0]
    if empty:
        raise UserError(f"{option} {path} has {empty:,} rows with an empty before_id or after_id: fill or remove them.")
    doubled = connection.execute(
        f"select before_id, count(*) from {table} group by before_id having count(*) > 1 order by before_id"
    ).fetchall()
    if doubled:
        raise UserError(
            f"{option} {path} maps {len(doubled):,} ids of before to several of after, for example {doubled[0][0]}: "
            "leave one row for each before_id."
        )
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def read_sides(connection: duckdb.DuckDBPyConnection, before: Path, after: Path, as_of: datetime) -> None:
    """Make the tables of both sides from two DuckDB files; the identity tables are there already.

    What is charged next follows from ``amount``, ``interval`` (years in months, weeks in days), and the ``discount``
    with its ``discount_end``, which is none once it is over.
    """
    for side, file in (("before", before), ("after", after)):
        connection.execute(f"attach {literal(str(file))} as {side}_side (read_only)")
        connection.execute(f"create temp view {side}_core as {_charged(connection, side, as_of)}")
    # Where two ids of before stand for one of after, a listed one goes before an equal one, and the others have none.
    connection.execute(
        """
        create temp table before_subscriptions as
        select
            subscriptions.*,
            case
                when row_number() over (
                    partition by coalesce(listed.after_id, subscriptions.subscription_id)
                    order by listed.after_id is null, subscriptions.subscription_id
                ) = 1 then coalesce(listed.after_id, subscriptions.subscription_id)
            end as subscription_key,
            coalesce(customers.after_id, subscriptions.customer_id) as customer_key,
            subscriptions.status <> 'ended' as is_live
        from before_core as subscriptions
        left join subscription_identity as listed on subscriptions.subscription_id = listed.before_id
        left join customer_identity as customers on subscriptions.customer_id = customers.before_id
        """
    )
    connection.execute(
        """
        create temp table after_subscriptions as
        select *, subscription_id as subscription_key, customer_id as customer_key, status <> 'ended' as is_live
        from after_core
        """
    )


def _charged(connection: duckdb.DuckDBPyConnection, side: str, as_of: datetime) -> str:
    """A side's subscriptions with what is charged next; a snapshot of an older version knows less of it."""
    table = f"{side}_side.core.fct_subscriptions"
    known = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
    if "has_access" not in known:
        raise UserError(f"The snapshot of the {side} side is of an older version: run churniq build, then check again.")
    absent = "".join(f", cast(null as {kind}) as {name}" for name, kind in _PRICE.items() if name not in known)
    now = f"TIMESTAMP {literal(as_of.isoformat(sep=' '))}"
    is_discounted = f"discount_amount > 0 and coalesce(discount_ends_at > {now}, true)"
    return f"""
        select * exclude (discount_amount, discount_ends_at),
            case billing_interval
                when 'year' then 12 * billing_interval_count || ' months'
                when 'month' then billing_interval_count || ' months'
                when 'week' then 7 * billing_interval_count || ' days'
                when 'day' then billing_interval_count || ' days'
            end as interval,
            case when {is_discounted} then discount_amount else discount_amount * 0 end as discount,
            case when {is_discounted} then discount_ends_at end as discount_end
        from (select *{absent} from {table})
    """


def match(connection: duckdb.DuckDBPyConnection, *, with_offers: bool) -> None:
    """Pair every subscription with at most one of the other side; ``with_offers``: both sides know offers."""
    connection.execute(
        """
        create temp table pairs as
        select before.subscription_id as before_id, after.subscription_id as after_id, 'id' as matched_by
        from before_subscriptions as before
        inner join after_subscriptions as after using (subscription_key)
        """
    )
    offer = "offer_id" if with_offers else "cast(null as VARCHAR)"
    for side in ("before", "after"):
        connection.execute(
            f"""
            create temp view open_{side} as
            select *, coalesce({offer}, '') as offer_key from {side}_subscriptions
            where subscription_id not in (select {side}_id from pairs)
            """
        )
    for label, keys in _FALLBACKS.items():
        numbered = ", ".join(keys)
        # The views follow from the table that is added to, so the rows are made before they are added.
        connection.execute(
            f"""
            create or replace temp table found as
            select before.subscription_id as before_id, after.subscription_id as after_id
            from ({_numbered("before", numbered)}) as before
            inner join ({_numbered("after", numbered)}) as after using ({numbered}, number)
            """
        )
        connection.execute(f"insert into pairs select before_id, after_id, {literal(label)} from found")
    connection.execute(
        f"""
        create or replace temp table found as
        select before.subscription_id as before_id, after.subscription_id as after_id
        from ({_only_ones("before")}) as before
        inner join ({_only_ones("after")}) as after using (customer_key)
        """
    )
    connection.execute("insert into pairs select before_id, after_id, 'only one of the customer' from found")


def leave_out_ended(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the subscriptions that have ended, on both sides if matched: a live base may be all there is."""
    connection.execute(
        """
        create or replace temp table pairs as
        select pairs.*
        from pairs
        inner join before_subscriptions as before on pairs.before_id = before.subscription_id
        inner join after_subscriptions as after on pairs.after_id = after.subscription_id
        where before.is_live or after.is_live
        """
    )
    for side in ("before", "after"):
        connection.execute(
            f"delete from {side}_subscriptions "
            f"where not is_live and subscription_id not in (select {side}_id from pairs)"
        )


def make_customers(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of the customers of both sides' subscriptions."""
    for side in ("before", "after"):
        connection.execute(
            f"""
            create temp table {side}_customers as
            select
                owners.customer_key,
                min(owners.customer_id) as customer_id,
                count(*) as customers,
                {_STATUSES}[min(list_position({_STATUSES}, customers.status))] as status
            from (select distinct customer_key, customer_id from {side}_subscriptions) as owners
            inner join {side}_side.core.dim_customers as customers on owners.customer_id = customers.customer_id
            group by owners.customer_key
            """
        )


def _numbered(side: str, keys: str) -> str:
    return (
        f"select {keys}, subscription_id, row_number() over (partition by {keys} "
        f"order by started_at, period_end, subscription_id) as number from open_{side}"
    )


def _only_ones(side: str) -> str:
    """The live subscriptions of customers who have but one open one."""
    return (
        f"select customer_key, min(subscription_id) as subscription_id from open_{side} where is_live "
        "group by customer_key having count(*) = 1"
    )
