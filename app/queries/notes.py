"""What happened that a series should be read with: what people noted, prices that changed, campaigns, months that were
restated, files that came late.

Belongs here: sums by period. Does not belong here: the words (``app.happenings``).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl

from app.queries.rows import select
from app.queries.snapshot import tables

_MOVED = "revenue.fct_subscription_mrr_movements"
# Prices of so many subscriptions in a period are an event, and of such a share of all; a few are corrections.
_FEWEST, _LEAST_SHARE = 10, 0.01
_ANNOTATION = {
    "annotation_id": pl.String,
    "kind": pl.String,
    "starts_on": pl.Date,
    "ends_on": pl.Date,
    "text": pl.String,
    "source": pl.String,
    "dimension": pl.String,
    "dimension_value": pl.String,
}


def price_changes(file: str, grain: str) -> pl.DataFrame:
    """period, until, changes, mrr_change where prices of many changed; days and weeks in a row are one."""
    if _MOVED not in tables(file):
        return pl.DataFrame(
            schema={"period": pl.Date, "until": pl.Date, "changes": pl.Int64, "mrr_change": pl.Decimal(38, 4)}
        )
    paying = int(select(file, "select count(*) as paying from core.fct_subscriptions where mrr > 0").item())
    return select(
        file,
        """
        with counted as (
            select cast(date_trunc($grain, movement_date) as date) as period, count(*) as changes,
                sum(mrr_change) as mrr_change
            from revenue.fct_subscription_mrr_movements where cause = 'price_change'
            group by all having count(*) >= $fewest
        ),
        beside as (
            select *, coalesce(lag(period) over (order by period) + to_days($days) < period, true) as is_apart
            from counted
        ),
        runs as (select *, count(*) filter (is_apart) over (order by period) as run from beside)
        select min(period) as period, max(period) as until, cast(sum(changes) as bigint) as changes,
            sum(mrr_change) as mrr_change
        from runs group by run order by period
        """,
        (
            ("grain", grain),
            ("fewest", max(_FEWEST, round(_LEAST_SHARE * paying))),
            ("days", {"day": 1, "week": 7}.get(grain, 0)),
        ),
    )


def campaigns(file: str, grain: str) -> pl.DataFrame:
    """period, campaign, sent, held_out: the campaigns by the period in which they were assigned."""
    if "activation.fct_campaign_assignments" not in tables(file):
        kinds = {"period": pl.Date, "campaign": pl.String, "sent": pl.Int64, "held_out": pl.Int64}
        return pl.DataFrame(schema=kinds)
    return select(
        file,
        """
        select cast(date_trunc($grain, min(assigned_date)) as date) as period, campaign,
            count(*) filter (arm = 'sent') as sent, count(*) filter (arm = 'held_out') as held_out
        from activation.fct_campaign_assignments group by campaign order by period, campaign
        """,
        (("grain", grain),),
    )


def annotated(file: str) -> pl.DataFrame:
    """annotation_id, kind, starts_on, ends_on, text, source, dimension, dimension_value, the earliest first."""
    if "ops.annotations" not in tables(file):
        return pl.DataFrame(schema=_ANNOTATION)
    return select(file, f"select {', '.join(_ANNOTATION)} from ops.annotations order by starts_on, annotation_id")


def late_files(file: str) -> pl.DataFrame:
    """month, files, events, last_loaded_at, largest_file: what came late, by the month that was over."""
    if "ops.late_files" not in tables(file):
        kinds = {"month": pl.Date, "files": pl.Int64, "events": pl.Int64, "last_loaded_at": pl.Datetime}
        return pl.DataFrame(schema={**kinds, "largest_file": pl.String})
    return select(
        file,
        """
        select month, count(distinct source_file) as files, cast(sum(events) as bigint) as events,
            max(loaded_at) as last_loaded_at, arg_max(file, (events, file)) as largest_file
        from ops.late_files group by month order by month
        """,
    )


def restated_months(file: str, earlier: tuple[tuple[str, datetime], ...]) -> pl.DataFrame:
    """month, known_at, difference: of each month that was over in an earlier snapshot (file, as of), what its closing
    MRR is now less what it was in the last one that differs.
    """
    now = {month: closing for month, closing, _ in _months(file)}
    found: dict[date, tuple[datetime, Decimal]] = {}
    for other, known_at in sorted(earlier, key=lambda each: each[1], reverse=True):
        for month, closing, is_complete in _months(other):
            if is_complete and month in now and month not in found and now[month] != closing:
                found[month] = (known_at, now[month] - closing)
    return pl.DataFrame(
        [(month, known_at, difference) for month, (known_at, difference) in sorted(found.items())],
        schema={"month": pl.Date, "known_at": pl.Datetime, "difference": pl.Decimal(38, 4)},
        orient="row",
    )


def _months(file: str) -> list[tuple[date, Decimal, bool]]:
    if "revenue.fct_mrr_monthly" not in tables(file):
        return []
    return list(select(file, "select month, closing_mrr, is_complete from revenue.fct_mrr_monthly").iter_rows())
