"""What happened that a series should be read with, in words by period, each with where it is known from.

Belongs here: words. Does not belong here: what happened (``app.queries.notes``), how it is drawn
(``app.charts_of_notes``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import polars as pl

from app import formatting
from app.filters import DIMENSIONS, Filters, current_filters
from app.queries import choices, notes
from app.view import SnapshotView
from pipelines.readings.changes import definition_changes

# As many earlier snapshots are asked what they knew.
_MOST_SNAPSHOTS = 6
# Of the words that people wrote as many fit on hover; the whole stands in the table of annotations.
_MOST_SIGNS = 240
# So many are told in a text alternative.
_MOST_TOLD = 2


def in_periods(view: SnapshotView, grain: str, periods: Sequence[date], *, only_these: bool) -> pl.DataFrame:
    """period and note of what happened from the first to the last of these periods, or in these alone.

    There are none where the reader hides them.
    """
    chosen = current_filters()
    if not chosen.has_notes or not periods:
        return _frame([])
    found = by_period(view, grain, periods[0], chosen)
    return found.filter(pl.col("period").is_in(periods) if only_these else pl.col("period") <= periods[-1])


def in_words(found: pl.DataFrame) -> str:
    """Notes as a text alternative."""
    notes = [f"{formatting.day(period)}: {note}" for period, note in found.tail(_MOST_TOLD).rows()]
    return f"{formatting.plural(found.height, 'note')} on it, the last: {'; '.join(notes)}"


def by_period(view: SnapshotView, grain: str, first: date | None, chosen: Filters | None = None) -> pl.DataFrame:
    """period and note, a row a period in which something happened, ``first`` and later.

    What began before ``first`` and had not ended then stands at ``first``. What is noted of other values of a dimension
    than those that ``chosen`` has is left out.
    """
    sentences: defaultdict[date, list[str]] = defaultdict(list)
    for note in _annotations(view, chosen or Filters()):
        begins = _period(note["starts_on"], grain)
        if first is not None and begins < first <= note["ends_on"]:
            begins = first
        sentences[begins].append(_annotation(note))
    for period, until, changes, mrr in notes.price_changes(view.file, grain).rows():
        while_it_did = f" from {formatting.day(period)} to {formatting.day(until)}" if until > period else ""
        sentences[period].append(
            f"Prices of {formatting.plural(changes, 'subscription')} changed{while_it_did}: "
            f"{formatting.money(mrr, view.currency, signed=True)} MRR (movements by cause)"
        )
    for period, campaign, sent, held_out in notes.campaigns(view.file, grain).rows():
        sentences[period].append(
            f"Campaign {campaign}: {formatting.plural(sent, 'customer')} written to, {held_out:,d} held out (exports)"
        )
    for day, changes in groupby(definition_changes(), key=lambda change: change.changed_on):
        if day <= view.as_of_date:
            numbers = ", ".join(change.number for change in changes)
            sentences[_period(day, grain)].append(
                f"Defined otherwise since {formatting.day(day)}: {numbers} (Trust, What's new)"
            )
    earlier = choices.earlier_files(view.as_of)[:_MOST_SNAPSHOTS]
    for month, known_at, difference in notes.restated_months(view.file, earlier).rows():
        sentences[_closing(month, grain)].append(
            f"{formatting.month(month)} was restated: {formatting.money(difference, view.currency, signed=True)} "
            f"closing MRR since {formatting.instant(known_at)} (Trust, Restatements)"
        )
    for month, files, events, loaded_at, largest in notes.late_files(view.file).rows():
        sentences[_closing(month, grain)].append(
            f"{formatting.plural(files, 'late file')} brought {formatting.plural(events, 'event')} of "
            f"{formatting.month(month)} after it was over, the last on {formatting.day(loaded_at)}, the largest "
            f"{_shortened(largest)} (Data health, Files)"
        )
    return _frame(
        sorted((period, " · ".join(words)) for period, words in sentences.items() if first is None or period >= first)
    )


def _frame(rows: list[tuple[date, str]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"period": pl.Date, "note": pl.String}, orient="row")


def _annotations(view: SnapshotView, chosen: Filters) -> Iterator[dict[str, Any]]:
    """What people noted of everybody or of those whom the filters mean."""
    for note in notes.annotated(view.file).iter_rows(named=True):
        values = chosen.values(note["dimension"]) if note["dimension"] else ()
        if not values or note["dimension_value"] in values:
            yield note


def _annotation(note: dict[str, Any]) -> str:
    starts, ends = note["starts_on"], note["ends_on"]
    when = formatting.day(starts) if starts == ends else f"{formatting.day(starts)} to {formatting.day(ends)}"
    of = f", {DIMENSIONS[note['dimension']].lower()} {note['dimension_value']}" if note["dimension"] else ""
    return f"{formatting.words(note['kind'])}, {when}{of}: {_shortened(note['text'])} ({_shortened(note['source'])})"


def _shortened(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _MOST_SIGNS else f"{one_line[:_MOST_SIGNS]}\N{HORIZONTAL ELLIPSIS}"


def _period(day: date, grain: str) -> date:
    """The first day of the period that a day lies in."""
    return {"month": day.replace(day=1), "week": day - timedelta(days=day.weekday())}.get(grain, day)


def _closing(month: date, grain: str) -> date:
    """The period that the last day of a month lies in, where its closing is drawn."""
    return _period((month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1), grain)
