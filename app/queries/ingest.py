"""What comes in: the accounting of files by day, the health of feeds, and why rows were rejected.

Belongs here: the tables of the schema ``ops`` that watch ingestion. Does not belong here: what a snapshot is as of
(``app.queries.snapshot``), business numbers.
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, select


def accounting(feed: str | None) -> Rows:
    """The rows of each feed and day of arrival, or of one feed, the newest day first."""
    return Rows(
        """
        select arrival_day, feed, files, rows_read, rows_loaded, rows_duplicate, rows_quarantined
        from ops.ingest_daily where $feed is null or feed = $feed order by arrival_day desc, feed
        """,
        (("feed", feed),),
    )


def outcomes_by_day(file: str, feed: str | None, days: int) -> pl.DataFrame:
    """Rows by day of arrival and outcome (loaded, duplicate, quarantined), of the newest days on which any came."""
    return select(
        file,
        """
        with daily as (
            select arrival_day, sum(rows_loaded) as loaded, sum(rows_duplicate) as duplicate,
                sum(rows_quarantined) as quarantined
            from ops.ingest_daily where $feed is null or feed = $feed
            group by arrival_day order by arrival_day desc limit $days
        )
        select arrival_day, outcome, cast(row_count as bigint) as row_count
        from daily unpivot (row_count for outcome in (loaded, duplicate, quarantined))
        order by arrival_day, outcome
        """,
        (("feed", feed), ("days", days)),
    )


def accounted_feeds(file: str) -> list[str]:
    """The feeds and senders of which files were taken in."""
    return select(file, "select distinct feed from ops.ingest_daily order by feed")["feed"].to_list()


def feed_health(file: str) -> pl.DataFrame:
    """The health of every feed as published: those that need a look first, those that never came last."""
    return select(
        file,
        """
        select * from ops.feed_health
        order by known_rows = 0, not (coalesce(is_late, false) or coalesce(is_volume_unusual, false)
            or coalesce(is_mix_unusual, false) or coalesce(has_recent_gap, false)), feed
        """,
    )


def volumes(file: str, feed: str, days: int) -> pl.DataFrame:
    """Rows of a feed by day of recording and event type, over the last days of the snapshot."""
    return select(
        file,
        """
        select recorded_day, coalesce(event_type, 'rows') as event_type, row_count
        from ops.feed_volume_daily cross join ops.build_info
        where feed = $feed and recorded_day > as_of_date - cast($days as integer)
        order by recorded_day, event_type
        """,
        (("feed", feed), ("days", days)),
    )


def reasons() -> Rows:
    """Quarantined rows by feed and reason, the newest first."""
    return Rows("select * from ops.quarantine_reasons order by last_loaded_at desc, row_count desc, feed, reason")


def order_anomalies() -> Rows:
    """Events out of order with what is out of order about them, the newest first."""
    return Rows(
        """
        select occurred_at, kind, customer_id, subscription_id, event_type, recorded_at, event_id
        from ops.order_anomalies order by occurred_at desc, event_id
        """
    )
