"""The ``support_tickets`` feed: a row when a ticket is opened and a newer one when it is closed.

Belongs here: which text a ticket gets, answers, satisfaction. Does not belong here: wording (``ticket_texts``), who
contacts support (``contacts``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox.contacts import TOPICS
from pipelines.sandbox.feeds.columns import identifier, name_of, timestamp
from pipelines.sandbox.feeds.files import write_json_lines_gz
from pipelines.sandbox.feeds.ticket_texts import ENDINGS, OPENINGS, SECOND_SUBJECT, VAGUE, matters, variants
from pipelines.sandbox.ledger import NONE
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import DAY, HOUR, MINUTE

TOPIC_MISSING_SHARE = 0.18
CLOSED_SHARE = 0.94
RATED_SHARE = 0.45
MISLABELLED_SHARE = 0.04
VAGUE_SHARE = 0.07
SECOND_SUBJECT_SHARE = 0.12
"""Of the tickets: agents who chose a wrong topic, messages that say nothing, messages about two things."""

_CHANNELS = ("email", "chat", "phone", "in_app")
_CSAT_MEAN = np.array([3.1, 2.8, 3.3, 3.9, 3.9, 2.7])


def write(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write the feed; returns the rows."""
    tickets = history.tickets.sort("at", "customer").with_row_index("number")
    tickets = tickets.with_columns(pl.col("number").cast(pl.Int64))
    count = tickets.height
    topic = tickets["topic"].to_numpy()
    opened = tickets["at"].to_numpy()
    by_topic = [matters(name) for name in TOPICS]
    vague, endings = variants(VAGUE), variants(ENDINGS)
    texts = [*(text for matter in by_topic for text in matter), *vague]
    sizes = np.array([len(matter) for matter in by_topic])
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    body = offsets[topic] + np.floor(rng.random(count) * sizes[topic]).astype(np.int64)
    hours = rng.lognormal(2.2, 1.2, count)
    closed = np.where(
        rng.random(count) < CLOSED_SHARE,
        opened + np.clip(hours * HOUR, 5 * MINUTE, 21 * DAY).astype(np.int64),
        NONE,
    )
    slow = np.log1p(hours / 24)
    csat = np.clip(np.rint(_CSAT_MEAN[topic] - 0.5 * slow + rng.normal(0, 1.0, count)), 1, 5)
    rated = (closed != NONE) & (rng.random(count) < RATED_SHARE)
    rated_csat = np.where(rated, csat, np.nan)
    channel = rng.choice(len(_CHANNELS), size=count, p=[0.35, 0.35, 0.1, 0.2])
    has_topic = rng.random(count) >= TOPIC_MISSING_SHARE
    greeting = rng.integers(0, len(OPENINGS), count)
    opening_delay = rng.integers(1, 2 * MINUTE, count)
    other_topic = (topic + rng.integers(1, len(TOPICS), count)) % len(TOPICS)
    labelled = np.where(rng.random(count) < MISLABELLED_SHARE, other_topic, topic)
    body = np.where(rng.random(count) < VAGUE_SHARE, len(texts) - len(vague) + rng.integers(0, len(vague), count), body)
    second = offsets[other_topic] + np.floor(rng.random(count) * sizes[other_topic]).astype(np.int64)
    full = tickets.with_columns(
        channel_code=pl.Series(channel),
        topic_code=pl.Series(np.where(has_topic, labelled, NONE)),
        greeting=pl.Series(greeting),
        body_code=pl.Series(body),
        second_code=pl.Series(np.where(rng.random(count) < SECOND_SUBJECT_SHARE, second, NONE)),
        ending=pl.Series(rng.integers(0, len(endings), count)),
        csat=pl.Series(rated_csat),
        closed=pl.Series(closed),
    )
    opening = full.with_columns(
        closed=pl.lit(NONE, dtype=pl.Int64),
        csat=pl.lit(np.nan),
        recorded=pl.col("at") + pl.Series(opening_delay),
    )
    closing = full.filter(pl.col("closed") != NONE).with_columns(recorded=pl.col("closed"))
    rows = pl.concat([opening, closing]).filter(pl.col("recorded") < history.window.end)
    frame = rows.sort("recorded", "number").select(
        ticket_id=identifier("K", pl.col("number"), 7),
        customer_id=identifier("C", pl.col("customer")),
        opened_at=timestamp(pl.col("at")),
        closed_at=timestamp(pl.col("closed")),
        channel=name_of(pl.col("channel_code"), _CHANNELS),
        topic=name_of(pl.col("topic_code"), TOPICS),
        body=pl.concat_str(
            name_of(pl.col("greeting"), OPENINGS),
            name_of(pl.col("body_code"), texts),
            pl.lit(SECOND_SUBJECT) + name_of(pl.col("second_code"), texts),
            name_of(pl.col("ending"), endings),
            ignore_nulls=True,
        ),
        csat=pl.col("csat").fill_nan(None),
        recorded_at=timestamp(pl.col("recorded")),
    )
    return write_json_lines_gz(frame, folder / "support_tickets" / "support_tickets.jsonl.gz")
