"""The next renewals of both sides: who will be charged when, by day and by week.

A renewal is due at the period end of a subscription that has access and renews by itself; its MRR is
that of now, so a trial brings 0. Days are those of the report time zone, weeks begin on Monday.

Belongs here: counting them. Does not belong here: whether a single subscription's period end differs (``comparison``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from pipelines.lake.sql import literal

_DAYS = 14
_WEEKS = 13


def make_renewals(
    connection: duckdb.DuckDBPyConnection, *, as_of: datetime, timezone: str
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Make the table ``renewals`` (grain: day; null where no period end is known).

    Gives the rows of the next 14 days, and of the next 13 weeks with what is overdue, later and without a date, each
    with subscriptions before and after and MRR before and after.
    """
    zone = literal(timezone)
    sides = [
        f"""
        (
            select
                cast(period_end at time zone 'UTC' at time zone {zone} as date) as renewal_date,
                count(*) as subscriptions,
                sum(mrr) as mrr
            from {side}_subscriptions
            where has_access and auto_renew
            group by renewal_date
        ) as {side}
        """
        for side in ("before", "after")
    ]
    connection.execute(
        f"""
        create temp table renewals as
        select
            coalesce(before.renewal_date, after.renewal_date) as renewal_date,
            coalesce(before.subscriptions, 0) as before_subscriptions,
            coalesce(after.subscriptions, 0) as after_subscriptions,
            coalesce(before.mrr, 0) as before_mrr,
            coalesce(after.mrr, 0) as after_mrr
        from {sides[0]}
        full join {sides[1]} on before.renewal_date is not distinct from after.renewal_date
        """
    )
    today = connection.execute(f"select cast($1 at time zone 'UTC' at time zone {zone} as date)", [as_of]).fetchall()[
        0
    ][0]
    by_day = connection.execute(
        f"""
        select * from renewals where renewal_date >= $1 and renewal_date < $1 + {_DAYS} order by renewal_date
        """,
        [today],
    ).fetchall()
    by_week = connection.execute(
        f"""
        with labelled as (
            select
                *,
                case
                    when renewal_date is null then 'without a date'
                    when renewal_date < $1 then 'overdue'
                    when renewal_date >= cast(date_trunc('week', $1) as date) + 7 * {_WEEKS} then 'later'
                    else 'week of ' || cast(cast(date_trunc('week', renewal_date) as date) as VARCHAR)
                end as week
            from renewals
        )

        select week, sum(before_subscriptions), sum(after_subscriptions), sum(before_mrr), sum(after_mrr)
        from labelled
        group by week
        order by list_position(['overdue', 'later', 'without a date'], week) is not null and week <> 'overdue',
            week <> 'overdue', week = 'without a date', week
        """,
        [today],
    ).fetchall()
    return by_day, by_week
