"""What changed and why, in sentences: each computed, tested against usual variation, and with the view that proves it.

A change is news when it lies outside what the same number did before: more than 3.5 robust deviations (the median
absolute one) of the changes of the months before, of which there must be six. A change that is not is said to be usual.

Belongs here: facts of a snapshot to sentences. Does not belong here: pages, mail and Markdown
(``pipelines.readings.letter``), arithmetic of breakdowns (``contributions``).
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from pipelines.readings import words
from pipelines.readings.contributions import SEVERAL, Breakdown, break_down, ranked
from pipelines.readings.metrics import dimensions_of, find_metric
from pipelines.readings.questions import Question
from pipelines.rows import rows_of
from pipelines.warehouse.project_variables import lapse_days

_NEWS = 3.5
_FEWEST_MONTHS = 6
# Of normally spread changes, the median absolute deviation times this is the standard one.
_OF_NORMAL = 1.4826
# Of MRR: as much as churns in a month in many a business.
_MUCH_OVERDUE = 0.05
_DIMENSIONS = ("offer", "channel", "country", "provider", "interval", "acquisition_channel", "first_offer")
_NAMES = {
    "offer": "offer",
    "channel": "channel",
    "country": "country",
    "provider": "provider",
    "interval": "billing interval",
    "acquisition_channel": "acquisition",
    "first_offer": "first offer",
}


@dataclass(frozen=True)
class Link:
    """The page that proves a sentence, and what is chosen there."""

    page: str
    query: dict[str, str]


@dataclass(frozen=True)
class Insight:
    """A sentence, whether it is news or usual (None: too early to tell), and the view that proves it."""

    sentence: str
    is_news: bool | None
    link: Link


@dataclass(frozen=True)
class Act:
    """A segment worth acting on: who, how many, what is at stake a month, and why."""

    title: str
    customers: int
    mrr: float
    why: str
    link: Link


@dataclass(frozen=True)
class Facts:
    """Everything an overview says of a snapshot; ``numbers`` has the headline numbers by name.

    ``caution`` is what has to be said before the sentences on what changed.
    """

    as_of: str
    currency: str
    month: date | None
    numbers: dict[str, Any]
    insights: list[Insight]
    acts: list[Act]
    caution: str | None = None


Ask = Callable[[Question], list[dict[str, Any]]]


def is_news(changes: list[float]) -> bool | None:
    """Whether the last change is unlike those before it; None when these are too few to tell."""
    *before, last = changes
    if len(before) < _FEWEST_MONTHS:
        return None
    middle = statistics.median(before)
    spread = statistics.median(abs(change - middle) for change in before) * _OF_NORMAL
    return abs(last - middle) > _NEWS * spread if spread else last != middle


def asker(connection: duckdb.DuckDBPyConnection) -> Ask:
    """Asks questions of a snapshot without a segment; each answer has the metric under its name."""

    def ask(question: Question) -> list[dict[str, Any]]:
        return rows_of(connection, question.sql()).records()

    return ask


def what_changed(ask: Ask, months: list[date], currency: str, titles: dict[str, str]) -> list[Insight]:
    """Sentences on the newest complete month against the one before; ``months`` are the complete ones, in order."""
    if len(months) < 2:
        return []
    return [
        _on_money(ask, "mrr", months, currency, titles),
        _on_money(ask, "churn_mrr", months, currency, titles),
        _on_money(ask, "new_mrr", months, currency, titles),
        *_on_share(ask, months, titles),
    ]


def caution(mrr: Decimal | None, overdue: Decimal | None, currency: str) -> str | None:
    """That churn is still to come where much of MRR waits for a renewal or for its lapse."""
    if not mrr or not overdue or overdue / mrr < _MUCH_OVERDUE:
        return None
    return (
        f"{words.money(overdue, currency)} of MRR ({overdue / mrr:.0%}) is past its paid period, with nothing told "
        f"since. It counts until {lapse_days()[0]} days after that period, so churn of the newest months is too low: "
        "what does not renew is still added to it."
    )


def _on_money(ask: Ask, metric: str, months: list[date], currency: str, titles: dict[str, str]) -> Insight:
    earlier, month = months[-2:]
    sign = -1 if metric == "churn_mrr" else 1
    # Nothing lost is 0, not -0.
    values = {row["period"]: sign * float(row[metric] or 0) or 0.0 for row in ask(Question(metric))}
    levels = [values.get(each, 0.0) for each in months]
    changes = [after - before for before, after in itertools.pairwise(levels)]
    news = is_news(changes)
    label = {"mrr": "MRR", "churn_mrr": "MRR lost to churn", "new_mrr": "New MRR"}[metric]
    size = (levels[-2], levels[-1])
    before, now = (words.money(each, currency) for each in size)
    share = f" ({(size[1] - size[0]) / size[0]:+.1%})" if size[0] and before != now else ""
    moved = _moved(before, now, is_more=size[1] > size[0])
    sentence = f"{label} {moved} in {month:%b %Y}{share}, {_usual(news)}."
    found = ranked(_breakdowns(ask, metric, (earlier, month), size, (sign, sign)))
    if found:
        sentence += _because(found[0], lambda change: words.money(change, currency, signed=True), titles)
    return Insight(sentence, news, _link(metric, month))


def _on_share(ask: Ask, months: list[date], titles: dict[str, str]) -> list[Insight]:
    earlier, month = months[-2:]
    metric = "customer_churn_rate"
    values = {row["period"]: row[metric] for row in ask(Question(metric))}
    rates = [float(values[each]) for each in months if values.get(each) is not None]
    if len(rates) < 2 or values.get(earlier) is None or values.get(month) is None:
        return []
    news = is_news([after - before for before, after in itertools.pairwise(rates)])
    counts = {row["period"]: row["churned_customers"] for row in ask(Question("churned_customers"))}
    opens = {row["period"]: row["opening_customers"] for row in ask(Question("opening_customers"))}
    moved = _moved(f"{rates[-2]:.1%}", f"{rates[-1]:.1%}", is_more=rates[-1] > rates[-2])
    sentence = (
        f"Customer churn {moved} in {month:%b %Y} "
        f"({counts.get(month, 0):,d} of {opens.get(month, 0):,d} customers), {_usual(news)}."
    )
    scales = (float(opens[earlier]), float(opens[month]))
    found = ranked(_breakdowns(ask, "churned_customers", (earlier, month), (rates[-2], rates[-1]), scales))
    if found:
        sentence += _because(found[0], lambda change: f"{change * 100:+.1f} points", titles)
    return [Insight(sentence, news, _link(metric, month)), *_by_kind(ask, months)]


def _by_kind(ask: Ask, months: list[date]) -> list[Insight]:
    """How much of churn failed payments were, against usual."""
    month = months[-1]
    values = {row["period"]: row["involuntary_churn_rate"] for row in ask(Question("involuntary_churn_rate"))}
    rates = [float(values[each]) for each in months if values.get(each) is not None]
    # Where none was ever told of, nothing is known of them.
    if len(rates) < 2 or not any(rates):
        return []
    news = is_news([after - before for before, after in itertools.pairwise(rates)])
    sentence = (
        f"Failed payments cost {rates[-1]:.1%} of the customers in {month:%b %Y}, after {rates[-2]:.1%} the month "
        f"before, {_usual(news)}."
    )
    return [Insight(sentence, news, _link("involuntary_churn_rate", month))]


def _breakdowns(
    ask: Ask, metric: str, months: tuple[date, date], whole: tuple[float, float], scales: tuple[float, float]
) -> list[Breakdown]:
    """The change by each dimension, its values divided by the scale of their month."""
    found = []
    known = dimensions_of(find_metric(metric))
    for dimension in _DIMENSIONS:
        if dimension not in known:
            continue
        rows = ask(Question(metric, by=(dimension,), first=months[0], last=months[1]))
        before, now = (
            {row[dimension]: float(row[metric] or 0) / (scales[place] or 1) for row in rows if row["period"] == period}
            for place, period in enumerate(months)
        )
        found.append(break_down(dimension, before, now, whole))
    return found


def _because(found: Breakdown, written: Callable[[float], str], titles: dict[str, str]) -> str:
    """The values that changed most, of the dimension that explains most."""
    rows = [row for row in found.rows.head(2).iter_rows(named=True) if row["value"] != SEVERAL and row["change"]]
    if not rows:
        return ""
    clause = " and ".join(
        f"{titles.get(row['value'], row['value'].replace('_', ' '))} {written(row['change'])}" for row in rows
    )
    return f" It moved most by {_NAMES[found.dimension]}: {clause}."


def _moved(before: str, now: str, *, is_more: bool) -> str:
    """How a number moved, as it is written: what reads the same stayed."""
    return f"stayed at {now}" if before == now else f"{'rose' if is_more else 'fell'} from {before} to {now}"


def _usual(news: bool | None) -> str:
    if news is None:
        return "too few months to say whether that is unusual"
    return "which is unusual" if news else "within its usual variation"


def _link(metric: str, month: date) -> Link:
    return Link("explore", {"metric": metric, "at": month.isoformat()})
