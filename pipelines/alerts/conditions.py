"""When each kind of rule fires: one function a kind, over the published snapshot and a look at the environment.

Belongs here: the comparison and its sentence. Does not belong here: measuring (``readings``, the marts), sending.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.alerts.journal import AlertDelivery, Verdict, failing_targets
from pipelines.alerts.rules import Rule
from pipelines.errors import UserError
from pipelines.publishing.pointers import published_pointers
from pipelines.publishing.snapshots import open_snapshot
from pipelines.readings import words
from pipelines.readings.metric_queries import compile_metric
from pipelines.readings.metrics import find_metric
from pipelines.readings.operation import Operation
from pipelines.settings import Settings

_CHECK = re.compile(r"\b(test|check|expectation|expects?)\b", re.IGNORECASE)
_NAMED = 5
_DATA_HEALTH = "data_health"
_NOT_PUBLISHED = "nothing is published"


@dataclass(frozen=True)
class Context:
    """What rules are judged by."""

    settings: Settings
    look: Operation
    deliveries: Sequence[AlertDelivery] = ()

    def rows(self, query: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]] | None:
        """The rows of a query on the current snapshot; None where there is none, or not such a table."""
        try:
            with open_snapshot(self.settings) as connection:
                return connection.execute(query, values).fetchall()
        except (UserError, duckdb.CatalogException, duckdb.BinderException):
            return None


def judge(rule: Rule, context: Context) -> Verdict:
    """Whether a rule fires now."""
    try:
        return _KINDS[rule.kind](rule, context)
    except UserError as error:
        return Verdict(rule.name, True, f"it could not be judged: {error}")


def _freshness(rule: Rule, context: Context) -> Verdict:
    """Late by the feed's own cadence, counted to now: a snapshot that is old makes its feeds late, too."""
    query = """
        select feed, hours_since_last_row, late_after_hours, as_of from ops.feed_health cross join ops.build_info
        where hours_since_last_row is not null and late_after_hours is not null and ($feed is null or feed = $feed)
        order by feed
        """
    rows = context.rows(query, {"feed": rule.feed})
    if rows is None:
        return Verdict(rule.name, False, _NOT_PUBLISHED)
    now = context.look.now.replace(tzinfo=None)
    late = [
        f"{feed} for {words.span(hours)}, late after {words.span(float(limit))}"
        for feed, before, limit, as_of in rows
        if (hours := float(before) + (now - as_of).total_seconds() / 3600) > limit
    ]
    found = f"nothing new of {_listed(late)}" if late else "every feed came in time"
    listing = "select feed, last_recorded_at, hours_since_last_row, late_after_hours from ops.feed_health"
    return Verdict(rule.name, bool(late), found, _DATA_HEALTH, listing)


def _quarantine_share(rule: Rule, context: Context) -> Verdict:
    share = context.look.quarantine_share(days=rule.days, feed=rule.feed)
    of = f" of {rule.feed}" if rule.feed else ""
    if share is None:
        return Verdict(rule.name, False, f"no row{of} came in {rule.days} days")
    found = f"{share:.2%} of the rows{of} of the last {rule.days} days were rejected"
    rows = "select feed, reason, row_count, last_loaded_at from ops.quarantine_reasons order by row_count desc"
    return Verdict(rule.name, share > (rule.above or 0), found, _DATA_HEALTH, rows)


def _volume(rule: Rule, context: Context) -> Verdict:
    return _unusual(rule, context, "is_volume_unusual", "last_day_rows, usual_day_rows", "volume of the last full day")


def _mix(rule: Rule, context: Context) -> Verdict:
    return _unusual(rule, context, "is_mix_unusual", "mix_change", "mix of event types")


def _unusual(rule: Rule, context: Context, flag: str, columns: str, what: str) -> Verdict:
    query = f"select feed from ops.feed_health where {flag} and ($feed is null or feed = $feed) order by feed"
    rows = context.rows(query, {"feed": rule.feed})
    if rows is None:
        return Verdict(rule.name, False, _NOT_PUBLISHED)
    feeds = _listed([feed for (feed,) in rows])
    found = f"the {what} is unusual: {feeds}" if rows else f"the {what} is as usual"
    return Verdict(
        rule.name, bool(rows), found, _DATA_HEALTH, f"select feed, {columns} from ops.feed_health where {flag}"
    )


def _failed_build(rule: Rule, context: Context) -> Verdict:
    build, state = context.look.build, context.look.build_state
    if build is None:
        return Verdict(rule.name, False, "no build was begun")
    if state == "killed":
        return Verdict(rule.name, True, f"the build that began at {build.started_at} was killed")
    if state == "failed" and not _is_of_a_check(context):
        return Verdict(rule.name, True, f"the build that ended at {build.ended_at} failed: {build.failure}")
    return Verdict(
        rule.name, False, "the last build succeeded" if state == "succeeded" else f"the last build is {state}"
    )


def _failed_check(rule: Rule, context: Context) -> Verdict:
    build = context.look.build
    if build is not None and context.look.build_state == "failed" and _is_of_a_check(context):
        return Verdict(rule.name, True, f"a check of the build that ended at {build.ended_at} failed: {build.failure}")
    return Verdict(rule.name, False, "no check of the last build failed")


def _is_of_a_check(context: Context) -> bool:
    return bool(context.look.build and context.look.build.failure and _CHECK.search(context.look.build.failure))


def _missing_build(rule: Rule, context: Context) -> Verdict:
    published = context.look.published_at
    if published is None:
        return Verdict(rule.name, bool(context.look.accounts), "nothing was ever published")
    hours = (context.look.now - published).total_seconds() / 3600
    build = context.look.build
    ended = context.look.build_ended_at
    # With nothing new a build says so, and publishes nothing.
    if build is not None and context.look.build_state == "succeeded" and ended is not None:
        hours = min(hours, (context.look.now - ended).total_seconds() / 3600)
    return Verdict(rule.name, hours > rule.hours, f"the last build that succeeded ended {words.span(hours)} ago")


def _metric(rule: Rule, context: Context) -> Verdict:
    """The newest period that is over, and what it moved by since the one before."""
    metric = find_metric(rule.metric or "")
    query = compile_metric(metric, [], rule.grain)
    rows = context.rows(
        f"""
        select answered.period, answered.{metric.name} from ({query}) as answered cross join ops.build_info as build
        where answered.period + interval 1 {rule.grain} <= build.as_of order by 1 desc limit 2
        """
    )
    listing = f"churniq metric {metric.name} --grain {rule.grain}"
    if not rows or rows[0][1] is None:
        return Verdict(rule.name, False, f"{metric.label} has no {rule.grain} that is over", "overview", listing)
    value = float(rows[0][1])
    found = f"{metric.label} was {words.number(value, metric.unit)} in {words.period(rows[0][0], rule.grain)}"
    fired = (rule.above is not None and value > rule.above) or (rule.below is not None and value < rule.below)
    if rule.changed_by is not None and len(rows) > 1 and rows[1][1]:
        change = value / float(rows[1][1]) - 1
        found += f", {change:+.1%} on the one before"
        fired = fired or abs(change) > rule.changed_by
    return Verdict(rule.name, fired, found, "overview", listing)


def _score_drift(rule: Rule, context: Context) -> Verdict:
    """The population stability index of the scores' deciles against the snapshot that was current before."""
    before = [pointer for pointer in published_pointers(context.settings)[1:] if pointer.is_current]
    bins = """
        select cast(least(floor(churn_probability * 10), 9) as integer) as bin, count(*)
        from scoring.fct_churn_scores group by 1
        """
    now = context.rows(bins)
    if not now or not before:
        return Verdict(rule.name, False, "there are no two sets of scores to compare")
    newest = max(before, key=lambda pointer: pointer.as_of_instant)
    with open_snapshot(context.settings, newest.as_of_instant) as connection:
        earlier = connection.execute(bins).fetchall()
    if not earlier:
        return Verdict(rule.name, False, "there are no two sets of scores to compare")
    index = _stability_index(dict(now), dict(earlier))
    found = f"the scores' distribution moved by {index:.3f} since {newest.as_of_instant:%Y-%m-%d}"
    rows = "select risk_band, count(*), avg(churn_probability) from scoring.fct_churn_scores group by 1"
    return Verdict(rule.name, index > (rule.above or 0), found, "overview", rows)


def _stability_index(now: dict[int, int], before: dict[int, int]) -> float:
    """Population stability index over ten bins, half a person added to each so that none is empty."""
    totals = sum(now.values()) + 5, sum(before.values()) + 5
    shares = [
        ((now.get(number, 0) + 0.5) / totals[0], (before.get(number, 0) + 0.5) / totals[1]) for number in range(10)
    ]
    return sum((new - old) * math.log(new / old) for new, old in shares)


def _reconciliation(rule: Rule, context: Context) -> Verdict:
    recent = f"paid_at > as_of - interval {rule.days} day and not is_reconciled"
    rows = context.rows(
        f"""
        select currency, count(*), sum(abs(unexplained_amount)) from revenue.fct_payout_reconciliation
        cross join ops.build_info where {recent} group by currency order by currency
        """
    )
    if rows is None:
        return Verdict(rule.name, False, _NOT_PUBLISHED)
    least = rule.above or 0
    above = [f"{count:,} of {currency} {amount:,.2f}" for currency, count, amount in rows if amount > least]
    found = f"payouts not explained: {_listed(above)}" if above else "every payout is explained"
    listing = f"select * from revenue.fct_payout_reconciliation cross join ops.build_info where {recent}"
    return Verdict(rule.name, bool(above), found, "financial_performance", listing)


def _low_disk(rule: Rule, context: Context) -> Verdict:
    share = context.look.disk_free / context.look.disk_size
    found = f"{share:.1%} of the disk ({context.look.disk_free / 1e9:,.1f} GB) are free"
    return Verdict(rule.name, share < (rule.below or 0), found)


def _undelivered(rule: Rule, context: Context) -> Verdict:
    failing = failing_targets(list(context.deliveries), context.look.now, rule.hours)
    failures = [f"{name} ({reason})" for name, reason in failing.items()]
    found = f"the last message did not arrive: {_listed(failures)}" if failures else "every last message arrived"
    return Verdict(rule.name, bool(failures), found, "alerts")


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


_KINDS: dict[str, Callable[[Rule, Context], Verdict]] = {
    "freshness": _freshness,
    "quarantine_share": _quarantine_share,
    "volume": _volume,
    "mix": _mix,
    "failed_check": _failed_check,
    "failed_build": _failed_build,
    "missing_build": _missing_build,
    "metric": _metric,
    "score_drift": _score_drift,
    "reconciliation": _reconciliation,
    "low_disk": _low_disk,
    "undelivered": _undelivered,
}
