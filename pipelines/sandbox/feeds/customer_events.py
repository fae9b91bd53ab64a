"""The ``customer_events`` feed: registrations, updates, consent, deletions.

Belongs here: its columns, and the minor events that change nothing else. Does not belong here: who registers
(``population``) and who deletes (``contacts``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox import markets
from pipelines.sandbox.feeds.columns import identifier, name_of, timestamp
from pipelines.sandbox.feeds.files import write_monthly
from pipelines.sandbox.feeds.identities import identity
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import MINUTE, Integers

REGISTERED, UPDATED, CONSENT_CHANGED, DELETED = range(4)
_TYPES = ("registered", "updated", "consent_changed", "deleted")

UPDATED_SHARE = 0.05
CONSENT_SHARE = 0.12
"""Customers who change their address or their consent some time after registering."""


def write(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write the feed; returns the rows written, repeated ones included."""
    people, end = history.people, history.window.end
    everyone = np.arange(people.size)
    stays_until = np.where(history.deleted_at > 0, history.deleted_at, end)

    def later(share: float) -> tuple[Integers, Integers]:
        chosen = np.flatnonzero(rng.random(people.size) < share)
        span = stays_until[chosen] - people.registered_at[chosen]
        return chosen, people.registered_at[chosen] + np.floor((0.02 + 0.96 * rng.random(len(chosen))) * span).astype(
            np.int64
        )

    updated, updated_at = later(UPDATED_SHARE)
    changed, changed_at = later(CONSENT_SHARE)
    deleted = np.flatnonzero(history.deleted_at > 0)
    events = pl.DataFrame(
        {
            "type": np.repeat(
                [REGISTERED, UPDATED, CONSENT_CHANGED, DELETED],
                [people.size, len(updated), len(changed), len(deleted)],
            ),
            "customer": np.concatenate([everyone, updated, changed, deleted]),
            "at": np.concatenate([people.registered_at, updated_at, changed_at, history.deleted_at[deleted]]),
        }
    ).sort("at", "customer", "type")
    customer = events["customer"].to_numpy()
    campaigns, countries = markets.CAMPAIGNS, markets.COUNTRIES
    recorded = events["at"].to_numpy() + rng.integers(1, 2 * MINUTE, events.height)
    kind = pl.col("type")
    known = kind.is_in([REGISTERED, UPDATED])
    # A person may have moved house on paper; the mail address is what changes here.
    suffix = pl.when(kind == UPDATED).then(pl.lit(".new")).otherwise(pl.lit(""))
    consent = pl.col("consent").xor(kind == CONSENT_CHANGED)
    frame = (
        events.with_row_index("number")
        .with_columns(
            pl.col("number").cast(pl.Int64),
            recorded=pl.Series(recorded),
            country=pl.Series(people.country[customer]),
            birth_year=pl.Series(people.birth_year[customer]),
            consent=pl.Series(people.consent[customer]),
            campaign=pl.Series(people.campaign[customer]),
        )
        .filter(pl.col("recorded") < end)
        .sort("recorded", "number")
        .select(
            event_id=identifier("ce-", pl.col("number"), 9),
            event_type=name_of(kind, _TYPES),
            occurred_at=timestamp(pl.col("at")),
            customer_id=identifier("C", pl.col("customer")),
            recorded_at=timestamp(pl.col("recorded")),
            email=pl.when(known).then(identifier("viewer", pl.col("customer")) + suffix + pl.lit("@example.com")),
            country=pl.when(known).then(name_of(pl.col("country"), [row.code for row in countries])),
            locale=pl.when(known).then(name_of(pl.col("country"), [row.locale for row in countries])),
            birth_year=pl.when((kind == REGISTERED) & (pl.col("birth_year") % 5 > 0)).then(pl.col("birth_year")),
            marketing_consent=pl.when(kind.is_in([REGISTERED, CONSENT_CHANGED])).then(consent),
            acquisition_channel=pl.when(kind == REGISTERED).then(
                name_of(pl.col("campaign"), [row.channel for row in campaigns])
            ),
            acquisition_campaign=pl.when(kind == REGISTERED).then(
                name_of(pl.col("campaign"), [None if row.name == "none" else row.name for row in campaigns])
            ),
            **{
                name: pl.when(kind == REGISTERED).then(value)
                for name, value in identity(pl.col("customer"), pl.col("country")).items()
            },
        )
    )
    return write_monthly(frame, "customer_events", folder, rng)
