"""What happened that a series should be read with, in words by period, each with where it is known from.

Belongs here: words. Does not belong here: what happened (``app.queries.notes``), how it is drawn
(``app.charts_of_metrics``).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import polars as pl

from app import formatting
from app.queries import choices, notes
from app.view import SnapshotView

# As many earlier snapshots are asked what they knew.
_MOST_SNAPSHOTS = 6


def by_period(view: SnapshotView, grain: str, first: date | None) -> pl.DataFrame:
    """period and note, a row a period in which something happened."""
    sentences: defaultdict[date, list[str]] = defaultdict(list)
    for period, changes, mrr in notes.price_changes(view.file, grain).select("period", "changes", "mrr_change").rows():
        sentences[period].append(
            f"Prices of {formatting.plural(changes, 'subscription')} changed: "
            f"{formatting.money(mrr, view.currency, signed=True)} MRR (movements by cause)"
        )
    for period, campaign, sent, held_out in notes.campaigns(view.file, grain).rows():
        sentences[period].append(
            f"Campaign {campaign}: {formatting.plural(sent, 'customer')} written to, {held_out:,d} held out (exports)"
        )
    earlier = choices.earlier_files(view.as_of)[:_MOST_SNAPSHOTS]
    for month, known_at, difference in notes.restated_months(view.file, earlier).rows():
        sentences[_start(month, grain)].append(
            f"{formatting.month(month)} was restated: {formatting.money(difference, view.currency, signed=True)} "
            f"closing MRR since {formatting.instant(known_at)} (Trust, Restatements)"
        )
    kept = sorted(
        (period, " · ".join(words)) for period, words in sentences.items() if first is None or period >= first
    )
    return pl.DataFrame(kept, schema={"period": pl.Date, "note": pl.String}, orient="row")


def _start(month: date, grain: str) -> date:
    """The period that the last day of a month lies in, where its closing is drawn."""
    last = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return {"month": month, "week": last - timedelta(days=last.weekday())}.get(grain, last)
