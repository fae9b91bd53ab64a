"""The ``support_tickets`` feed: a row when a ticket is opened and a newer one when it is closed.

Belongs here: wording, answers, satisfaction. Does not belong here: who contacts support (``contacts``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.sandbox.contacts import TOPICS
from pipelines.sandbox.feeds.columns import identifier, name_of, timestamp
from pipelines.sandbox.feeds.files import write_json_lines_gz
from pipelines.sandbox.ledger import NONE
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.window import DAY, HOUR, MINUTE

TOPIC_MISSING_SHARE = 0.18
CLOSED_SHARE = 0.94
RATED_SHARE = 0.45

_CHANNELS = ("email", "chat", "phone", "in_app")
_OPENINGS = ("Hello, ", "Hi there, ", "Good evening, ", "", "Dear team, ")
_BODIES: dict[str, tuple[str, ...]] = {
    "billing": (
        "I was charged twice this month and would like one of the payments back.",
        "my bank shows a higher amount than last month, did the price go up?",
        "the payment failed although my card works everywhere else.",
        "please send me the invoice for my last payment.",
    ),
    "streaming_quality": (
        "the picture keeps freezing every few minutes on my TV.",
        "last night's match buffered all the time, I missed both goals.",
        "sound and picture are out of sync since the last update.",
        "the quality drops to a blur in the evening although my line is fast.",
    ),
    "content": (
        "when will the next season of the series be available?",
        "there is hardly anything new to watch, are more films planned?",
        "the show I signed up for has been removed.",
    ),
    "account_access": (
        "I cannot log in, the password reset mail never arrives.",
        "my account says that I have no subscription although I paid.",
        "please change the mail address of my account.",
    ),
    "devices": (
        "the app does not start on my tablet any more.",
        "how many devices may watch at the same time?",
        "casting to the living-room TV stops after a minute.",
    ),
    "how_to_cancel": (
        "where do I find the button to cancel my subscription?",
        "I would like to cancel, the app only shows me offers.",
        "please stop the renewal, I do not use it enough.",
    ),
}
_CSAT_MEAN = np.array([3.1, 2.8, 3.3, 3.9, 3.9, 2.7])


def write(history: History, rng: np.random.Generator, folder: Path) -> int:
    """Write the feed; returns the rows."""
    tickets = history.tickets.sort("at", "customer").with_row_index("number")
    tickets = tickets.with_columns(pl.col("number").cast(pl.Int64))
    count = tickets.height
    topic = tickets["topic"].to_numpy()
    opened = tickets["at"].to_numpy()
    texts = [body for name in TOPICS for body in _BODIES[name]]
    sizes = np.array([len(_BODIES[name]) for name in TOPICS])
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
    full = tickets.with_columns(
        channel_code=pl.Series(rng.choice(len(_CHANNELS), size=count, p=[0.35, 0.35, 0.1, 0.2])),
        topic_code=pl.Series(np.where(rng.random(count) < TOPIC_MISSING_SHARE, NONE, topic)),
        greeting=pl.Series(rng.integers(0, len(_OPENINGS), count)),
        body_code=pl.Series(body),
        csat=pl.Series(np.where(rated, csat, np.nan)),
        closed=pl.Series(closed),
    )
    opening = full.with_columns(
        closed=pl.lit(NONE, dtype=pl.Int64),
        csat=pl.lit(np.nan),
        recorded=pl.col("at") + pl.Series(rng.integers(1, 2 * MINUTE, count)),
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
        body=name_of(pl.col("greeting"), _OPENINGS) + name_of(pl.col("body_code"), texts),
        csat=pl.col("csat").fill_nan(None),
        recorded_at=timestamp(pl.col("recorded")),
    )
    return write_json_lines_gz(frame, folder / "support_tickets" / "support_tickets.jsonl.gz")
