"""A month as it was known at one time and at another: what differs, and the events that made it differ.

Both sides are published snapshots, so every number is one that somebody could read. A customer has at most one
movement a day: each customer and day on which the two disagree has one cause, and so the differences by cause sum to
the difference of the totals.

Belongs here: comparing and attributing. Does not belong here: movements (``dbt_project``), printing (``cli``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from pipelines.errors import UserError
from pipelines.lake.sql import literal
from pipelines.publishing.snapshots import Pointer
from pipelines.readings.provenance import (
    frame_of,
    next_month,
    open_beside_lake,
    report_date,
    require_month,
    subscription_events,
)
from pipelines.readings.revaluation import find_revalued
from pipelines.settings import Settings

CAUSES = {
    "happened_since": "an event that happened after the month was first looked at",
    "corrected_event": "an event that came later beside one of its kind, subscription and day that was known",
    "refunded": "a refund that ended a subscription and was recorded later",
    "late_event": "an event that was recorded, or arrived, later",
    "identity_link": "a subscription that was found to be another customer's",
    "exchange_rate": "another rate of exchange, recorded later, on the day whose rate the price takes",
    "clock": "no event: the clock passed a lapse or the end of a discount",
    "unexplained": "nothing in the lake explains it",
}
_MRR = ("opening_mrr", "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr", "closing_mrr")
_CUSTOMERS = (
    *("opening_customers", "new_customers", "reactivated_customers", "churned_customers"),
    *("voluntary_churned_customers", "involuntary_churned_customers", "closing_customers"),
)


@dataclass(frozen=True)
class Restatement:
    """What became of a month between two snapshots, ``then`` and ``now``.

    ``totals``: item (MRR at the open and the close, and of each movement type), then, now, difference; ``customers``
    has their counts likewise. ``causes``: movement_type, cause, customers, difference in MRR; they sum to the totals.
    ``differences``: one row a customer and day that differ, with movement types, MRR and churn kinds then and now, the
    cause and the event_id behind it. ``events``: the events unknown then that explain a difference, or happened in the
    month to the same customers, with file and row.
    """

    month: date
    then: Pointer
    now: Pointer
    totals: pl.DataFrame
    customers: pl.DataFrame
    causes: pl.DataFrame
    differences: pl.DataFrame
    events: pl.DataFrame


def restate(settings: Settings, month: date, then: Pointer, now: Pointer) -> Restatement:
    """Compare a month (its first day) in two snapshots; raises ``UserError`` when one of them has no such month."""
    if then.as_of_instant > now.as_of_instant:
        raise UserError(
            f"What was known at {then.as_of}Z cannot be restated by what was known before, at {now.as_of}Z: give the "
            "earlier instant as --known-at."
        )
    if then.lake_version > now.lake_version:
        raise UserError(
            f"The snapshot as of {then.as_of}Z was built with files that came after the one as of {now.as_of}Z was: "
            "run churniq build, so that both know them."
        )
    with open_beside_lake(settings, {"known_then": then, "known_now": now}, since=then.lake_version) as connection:
        require_month(connection, month, "known_then", "known_now")
        _find_differences(connection, month)
        _find_news(connection, then, now)
        find_revalued(connection, then, now)
        _attribute(connection, then)
        return Restatement(
            month,
            then,
            now,
            _compared(connection, month, _MRR, "DECIMAL(38,4)"),
            _compared(connection, month, _CUSTOMERS, "BIGINT"),
            _causes(connection),
            frame_of(connection, "select * from attributed order by movement_date, customer_id"),
            _events(connection, month),
        )


def _find_differences(connection: duckdb.DuckDBPyConnection, month: date) -> None:
    """Customers and days whose movement, or the kind of its churn, is another."""
    sides = {}
    for side in ("known_then", "known_now"):
        sides[side] = (
            "select customer_id, movement_date, movement_type, mrr_change, churn_kind, churn_rule "
            f"from {side}.revenue.fct_mrr_movements "
            f"where movement_date >= {literal(str(month))} and movement_date < {literal(str(next_month(month)))}"
        )
    connection.execute(
        f"""
        create temp table differences as
        select
            customer_id,
            movement_date,
            earlier.movement_type as movement_type_then,
            later.movement_type as movement_type_now,
            coalesce(earlier.mrr_change, 0) as mrr_change_then,
            coalesce(later.mrr_change, 0) as mrr_change_now,
            earlier.churn_kind as churn_kind_then,
            later.churn_kind as churn_kind_now,
            later.churn_rule as churn_rule_now
        from ({sides["known_then"]}) as earlier
        full join ({sides["known_now"]}) as later using (customer_id, movement_date)
        where (earlier.movement_type, earlier.mrr_change, earlier.churn_kind)
            is distinct from (later.movement_type, later.mrr_change, later.churn_kind)
        """
    )


def _find_news(connection: duckdb.DuckDBPyConnection, then: Pointer, now: Pointer) -> None:
    """The events of the differing customers' subscriptions, and which of them were unknown then."""
    known_now = f"recorded_at <= timestamp {literal(now.as_of)} and occurred_at <= timestamp {literal(now.as_of)}"
    connection.execute(
        """
        create temp table owners as
        select distinct subscription_id, customer_id
        from (
            select subscription_id, customer_id from known_now.core.fct_subscriptions
            union all
            select subscription_id, customer_id from known_then.core.fct_subscriptions
        )
        where customer_id in (select customer_id from differences)
        """
    )
    connection.execute(
        f"""
        create temp table told as
        select
            owners.customer_id,
            events.*,
            {report_date(connection, "known_now", "events.occurred_at")} as report_day,
            arrived_since
            or recorded_at > timestamp {literal(then.as_of)}
            or occurred_at > timestamp {literal(then.as_of)} as is_news
        from ({subscription_events(connection, "known_now")}) as events
        join owners using (subscription_id)
        where {known_now}
        """
    )


def _attribute(connection: duckdb.DuckDBPyConnection, then: Pointer) -> None:
    """Give every difference its cause: the news nearest to its day, or else what is known to move without events."""
    connection.execute(
        f"""
        create temp table attributed as
        with ranked as (
            select
                differences.customer_id,
                differences.movement_date,
                news.*,
                row_number() over (
                    partition by differences.customer_id, differences.movement_date
                    order by
                        news.report_day = differences.movement_date desc,
                        news.report_day <= differences.movement_date desc,
                        abs(date_diff('day', news.report_day, differences.movement_date)),
                        news.occurred_at desc,
                        news.event_id
                ) as nearness
            from differences
            join (select * rename (customer_id as owner_id) from told where is_news) as news
                on news.owner_id = differences.customer_id
                -- What happened since, and after the day itself, can at most have confirmed a lapse of that day.
                and (
                    news.report_day <= differences.movement_date
                    or news.occurred_at <= timestamp {literal(then.as_of)}
                )
        ),

        moved as (
            select earlier.customer_id as customer_before, later.customer_id as customer_after
            from known_then.core.fct_subscriptions as earlier
            join known_now.core.fct_subscriptions as later using (subscription_id)
            where earlier.customer_id <> later.customer_id
        )

        select
            differences.*,
            mrr_change_now - mrr_change_then as difference,
            case
                when differences.customer_id in (
                    select customer_before from moved union all select customer_after from moved
                ) then 'identity_link'
                when ranked.event_id is not null and ranked.occurred_at > timestamp {literal(then.as_of)}
                    then 'happened_since'
                when ranked.event_type = 'ended' and ranked.end_reason = 'refunded' then 'refunded'
                when exists (
                    select 1 from told as known
                    where not known.is_news and known.subscription_id = ranked.subscription_id
                        and known.event_type = ranked.event_type and known.report_day = ranked.report_day
                ) then 'corrected_event'
                when ranked.event_id is not null then 'late_event'
                -- No rate makes anybody leave.
                when exists (
                    select 1 from revalued
                    where revalued.customer_id = differences.customer_id
                        and revalued.movement_date = differences.movement_date
                )
                    and coalesce(movement_type_then = 'churn', false) = coalesce(movement_type_now = 'churn', false)
                    then 'exchange_rate'
                when churn_rule_now in ('stale', 'auto_renew_off', 'state_grace')
                    or differences.movement_date >= cast(timestamp {literal(then.as_of)} as date) then 'clock'
                else 'unexplained'
            end as cause,
            ranked.event_id
        from differences
        left join ranked
            on ranked.customer_id = differences.customer_id
            and ranked.movement_date = differences.movement_date
            and ranked.nearness = 1
        """
    )


def _compared(connection: duckdb.DuckDBPyConnection, month: date, items: Sequence[str], kind: str) -> pl.DataFrame:
    """The columns ``items`` of the month's row, of the DuckDB type ``kind``, one row each."""
    selects = (
        f"""
        select {number} as position, {literal(item)} as item,
            cast(earlier.{item} as {kind}) as "then", cast(later.{item} as {kind}) as "now",
            cast(later.{item} - earlier.{item} as {kind}) as difference
        from known_then.revenue.fct_mrr_monthly as earlier
        join known_now.revenue.fct_mrr_monthly as later using (month)
        where month = {literal(str(month))}
        """
        for number, item in enumerate(items)
    )
    return frame_of(connection, f"select * exclude (position) from ({' union all '.join(selects)}) order by position")


def _causes(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """A movement that became one of another type is taken from the one and added to the other."""
    return frame_of(
        connection,
        """
        select movement_type, cause, count(distinct customer_id) as customers,
            cast(sum(difference) as DECIMAL(38,4)) as difference
        from (
            select movement_type_then as movement_type, cause, customer_id, -mrr_change_then as difference
            from attributed where movement_type_then is not null
            union all
            select movement_type_now, cause, customer_id, mrr_change_now
            from attributed where movement_type_now is not null
        )
        group by movement_type, cause
        order by movement_type, abs(sum(difference)) desc, cause
        """,
    )


def _events(connection: duckdb.DuckDBPyConnection, month: date) -> pl.DataFrame:
    in_month = f"told.report_day >= {literal(str(month))} and told.report_day < {literal(str(next_month(month)))}"
    return frame_of(
        connection,
        f"""
        select
            told.event_id, told.event_type, told.customer_id, told.subscription_id, told.occurred_at, told.recorded_at,
            told.amount, told.currency, told.end_reason, deliveries.file, told.source_row as row,
            deliveries.loaded_at, count(attributed.event_id) as differences_explained
        from told
        left join deliveries using (source_file)
        left join attributed
            on attributed.event_id = told.event_id and attributed.customer_id = told.customer_id
        where told.is_news and (attributed.event_id is not null or ({in_month}))
        group by all
        order by differences_explained desc, told.occurred_at, told.event_id
        """,
    )
