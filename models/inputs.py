"""What scoring is given: typed frames of what happened, and the time as of which it is known.

Belongs here: the shape of the inputs, their check, and the calendar of the report time zone.
Does not belong here: reading them from a warehouse (the caller does), features (``models.features``).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

Frame = pl.DataFrame | pl.LazyFrame

REQUIRED_COLUMNS: dict[str, tuple[str, ...]] = {
    "paying": ("customer_id", "valid_from", "valid_to", "mrr"),
    "subscription_events": (
        "event_id",
        "event_type",
        "occurred_at",
        "recorded_at",
        "customer_id",
        "subscription_id",
        "offer_id",
        "amount",
        "discount_amount",
        "discount_ends_at",
        "currency",
        "billing_interval",
        "billing_interval_count",
        "period_end",
        "channel",
        "provider",
        "coupon_code",
    ),
    "payment_events": ("event_type", "occurred_at", "recorded_at", "customer_id"),
    "engagement_daily": ("customer_id", "activity_date", "minutes_watched", "recorded_at"),
    "support_tickets": ("ticket_id", "customer_id", "opened_at", "csat", "recorded_at"),
    "customers": ("customer_id", "registered_at", "country", "acquisition_channel"),
}


@dataclass(frozen=True, eq=False)
class ScoringInputs:
    """Everything that scoring may look at; further columns of the feeds are ignored.

    ``paying``: spans of constant positive closing MRR, half open in days: the customer has MRR at the close of
    day d iff valid_from <= d < valid_to; a null valid_to is still open.
    ``subscription_events`` and ``payment_events``: one row an event, ``recorded_at`` never null.
    ``engagement_daily``: one row a version of a customer's day; a null ``recorded_at`` means that the row was
    known by the close of its own day. ``support_tickets``: one row a version of a ticket; a null ``recorded_at``
    means that it was known when it was opened.
    ``customers``: one row a customer. Timestamps are naive UTC, money is decimal.
    ``lapse_days``: after how many silent days past the end of its period a subscription ended: in trial or active, and
    in grace.
    ``as_of`` (naive UTC) is now: rows recorded or dated after it are ignored. ``time_zone`` decides on which
    calendar day an instant falls, as it did for ``paying``.

    Raises ``ValueError`` when a frame lacks a column, or ``as_of`` carries an offset.
    """

    paying: Frame
    subscription_events: Frame
    payment_events: Frame
    engagement_daily: Frame
    support_tickets: Frame
    customers: Frame
    as_of: datetime
    lapse_days: tuple[int, int]
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is not None:
            raise ValueError("as_of must be a naive UTC timestamp: convert it to UTC and drop its offset.")
        for field in fields(self):
            if field.name not in REQUIRED_COLUMNS:
                continue
            present = getattr(self, field.name).lazy().collect_schema().names()
            missing = [name for name in REQUIRED_COLUMNS[field.name] if name not in present]
            if missing:
                raise ValueError(f"The scoring input {field.name} lacks the columns {', '.join(missing)}: add them.")

    @property
    def scoring_day(self) -> date:
        """The calendar day of ``as_of``; its closing state is the state at ``as_of``."""
        return local_day(self.as_of, self.time_zone)

    def close_of(self, day: date) -> datetime:
        """The naive UTC instant of the closing of ``day``: the midnight that ends it, but never after ``as_of``."""
        midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(self.time_zone))
        return min(midnight.astimezone(UTC).replace(tzinfo=None), self.as_of)

    @property
    def settling_days(self) -> int:
        """After how many days no lapse can take a closing MRR back any more: grace waits longer, where there is any."""
        is_grace = pl.col("event_type").cast(pl.String) == "grace_entered"
        has_grace: bool = self.subscription_events.lazy().select(is_grace.any()).collect().item()
        return max(self.lapse_days) if has_grace else self.lapse_days[0]

    @property
    def last_closed_day(self) -> date:
        """The newest day that is over by ``as_of``."""
        return last_closed_day(self.as_of, self.time_zone)


def local_day(instant: datetime, time_zone: str) -> date:
    """The calendar day in ``time_zone`` on which the naive UTC ``instant`` falls."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).date()


def last_closed_day(as_of: datetime, time_zone: str = "UTC") -> date:
    """The newest calendar day in ``time_zone`` that is over at the naive UTC ``as_of``."""
    return local_day(as_of, time_zone) - timedelta(days=1)


def day_number(instant: pl.Expr, time_zone: str) -> pl.Expr:
    """Days since 1970-01-01 of a naive UTC timestamp column, by the calendar of ``time_zone`` (Int32)."""
    if time_zone != "UTC":
        instant = instant.dt.replace_time_zone("UTC").dt.convert_time_zone(time_zone)
    return instant.dt.date().cast(pl.Int32)


def number_of_day(day: date) -> int:
    """Days since 1970-01-01 of ``day``: the calendar in which features count."""
    return day.toordinal() - date(1970, 1, 1).toordinal()
