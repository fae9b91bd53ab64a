"""Columns that several feeds have.

Belongs here: these columns. Does not belong here: what a column is (``pipelines.contract.shapes``).
"""

from __future__ import annotations

from pipelines.contract.shapes import Column, Kind

RECORDED_AT = Column("recorded_at", Kind.TIMESTAMP, default="occurred_at")
# Feeds of state carry the time at which a row was known only if the sender says it. Offers, coupons and payouts
# may say it too, beyond the contract: it is how a sender replaces an earlier row instead of contradicting it.
VERSION = Column("recorded_at", Kind.TIMESTAMP)


def event_columns(*event_types: str) -> tuple[Column, ...]:
    """The columns of every feed of events, with the types of event that it allows."""
    return (
        Column("event_id", required=True),
        Column("event_type", required=True, allowed=event_types),
        Column("occurred_at", Kind.TIMESTAMP, required=True),
    )
