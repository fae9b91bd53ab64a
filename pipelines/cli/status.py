"""The command status: what is published, whether what comes in is as usual, and what was rejected.

Belongs here: saying it in words or as JSON. Does not belong here: gathering it (``pipelines.readings.status``).
"""

from __future__ import annotations

import json
from collections import Counter

import click

from pipelines.cli.tables import as_json, print_table
from pipelines.readings.status import COUNTS, Facts, gather_status
from pipelines.readings.words import plural, span
from pipelines.settings import Settings
from pipelines.warehouse.build_record import same_build

_ANOMALIES = {
    "anomalies_before_start": "before any start",
    "anomalies_after_end": "after an end",
    "anomalies_other_customer": "of another customer",
}
_WARNINGS = {
    "alike": "like another event but for the id",
    "link_circle": "links in a circle",
    "link_of_nobody": "links from an id that nobody has",
    "no_price": "paid at no known price",
    "stale": "silent without a period end",
    "tie": "tied with another event",
    "transaction_twice": "transactions told twice",
    "voided": "purchases voided by Google without a refund",
}


@click.command()
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(*, output: str) -> None:
    """Say what is published, as of when, how fresh each feed is, and what failed or looks unusual."""
    facts = gather_status(Settings())
    if output == "json":
        click.echo(json.dumps(as_json(facts), ensure_ascii=False, indent=1))
    else:
        _print(facts)


def _print(facts: Facts) -> None:
    lake = facts["lake"]
    click.echo(f"environment   {facts['environment']}\nhome          {facts['home']}\nlake          {_lake(lake)}")
    if not facts["published"]:
        click.echo("published     nothing yet: run churniq ingest PATH, then churniq build")
    for pointer in facts["published"]:
        click.echo(f"published     as of {pointer['as_of']}Z, on {pointer['published_at']}Z, {pointer['file']}")
    if record := facts["last_build"]:
        click.echo(f"last build    {_last_build(record)}")
    for run in facts["runs"]:
        click.echo(f"run           {_run(run)}")
    for waiting in facts["inbox"]:
        click.echo(f"inbox         {_waiting(waiting)}")
    if facts["published"] and lake["ingests_not_built"] > 0:
        click.echo(f"not built     the newest {plural(lake['ingests_not_built'], 'ingest')}: run churniq build")
    if facts["published"]:
        click.echo(f"\nThe feeds at {facts['published'][0]['as_of']}Z, the instant that the snapshot is as of:")
        if not any(feed["health"] for feed in facts["feeds"]):
            click.echo("they were not judged when it was built: run churniq build")
    else:
        click.echo("\nThe feeds in the lake:")
    headings = [
        "feed",
        "newest row",
        "expected",
        "freshness",
        "gaps in 90 days",
        "last full day",
        "event mix",
        "rejected",
    ]
    print_table(headings, [_feed_line(feed) for feed in facts["feeds"]])
    for sentence in (*_anomalies(facts["feeds"]), *_quarantine(facts["quarantine"])):
        click.echo(sentence)
    if facts["warnings"]:
        listed = ", ".join(f"{count:,} {_WARNINGS[warning]}" for warning, count in facts["warnings"].items())
        click.echo(f"accepted, but look at them: {listed}; ops.data_warnings says what to do")


def _last_build(record: Facts) -> str:
    about_build = f"as of {record['as_of']}, started by {record['started_by']}"
    match record["state"]:
        case "running":
            return f"running since {record['started_at']}, {about_build}"
        case "killed":
            return f"KILLED, begun {record['started_at']}, {about_build}: run {same_build(record['as_of'])} again"
        case "failed":
            return f"{record['ended_at']}, {about_build}, failed: {record['failure']}"
    return f"{record['ended_at']}, {about_build}, succeeded"


def _run(run: Facts) -> str:
    about_run = f"{run['job']} of {run['created_at']}, started by {run['started_by']}"
    match run["state"]:
        case "dead":
            what_follows = "its process was killed; the next build marks it as failed and begins where it must"
            return f"{about_run}, is DEAD: {what_follows}"
        case "failed":
            return f"{about_run}, FAILED (run {run['run_id'][:8]} in Dagster's pages)"
        case "waiting":
            return f"{about_run}, waits for its turn"
    return f"{about_run}, is running"


def _waiting(waiting: Facts) -> str:
    counts = (
        (waiting["files"], "waiting"),
        (waiting["being_written"], "still being written"),
        (waiting["claimed"], "taken"),
    )
    files = ", ".join(f"{plural(count, 'file')} {words}" for count, words in counts if count)
    since = f"the oldest since {waiting['oldest']:%Y-%m-%dT%H:%M:%SZ}"
    if waiting["is_unknown"]:
        return f"{waiting['folder']}: {files}, {since}; NO FEED AND NO SENDER has this name, so move them to one"
    return f"{waiting['folder']}: {files}, {since}"


def _lake(lake: Facts) -> str:
    if not lake["ingests"]:
        return "empty"
    read, loaded, duplicate, rejected = (f"{lake[name]:,}" for name in COUNTS)
    return (
        f"{plural(lake['ingests'], 'ingest')} of {plural(lake['files'], 'file')}: "
        f"{read} rows read = {loaded} loaded + {duplicate} duplicate + {rejected} quarantined"
    )


def _feed_line(feed: Facts) -> tuple[str, ...]:
    health = feed["health"]
    rejected = f"{feed['rows_quarantined']:,}" if feed["rows_quarantined"] else ""
    if health is None or not health["known_rows"]:
        return (feed["feed"], "landed, not built" if feed["is_landed"] else "never", "", "", "", "", "", rejected)
    return (
        feed["feed"],
        _came_last(health["hours_since_last_row"]),
        "" if health["cadence_hours"] is None else f"every {span(health['cadence_hours'])}",
        _freshness(health),
        _gaps(health),
        _volume(health),
        _mix(health),
        rejected,
    )


def _came_last(hours: float | None) -> str:
    return "without a date" if hours is None else f"{span(hours)} ago"


def _freshness(health: Facts) -> str:
    if health["is_late"] is None:
        return "" if health["hours_since_last_row"] is None else "too few to tell"
    return f"LATE, over {span(health['late_after_hours'])}" if health["is_late"] else "on time"


def _gaps(health: Facts) -> str:
    if health["gap_days"] is None:
        return ""
    if not health["gap_days"]:
        return "none"
    return f"{plural(health['gap_days'], 'day')}, last {health['last_gap_day']}"


def _volume(health: Facts) -> str:
    if health["last_day_rows"] is None:
        return ""
    rows = plural(health["last_day_rows"], "row")
    if health["is_volume_unusual"] is None:
        return rows
    if not health["is_volume_unusual"]:
        return f"{rows}, as usual"
    return f"{rows}, UNUSUAL (usual {health['usual_day_rows']:,.0f})"


def _mix(health: Facts) -> str:
    if health["is_mix_unusual"] is None:
        return ""
    return f"UNUSUAL, {health['mix_change']:.0%} moved" if health["is_mix_unusual"] else "as usual"


def _anomalies(feeds: list[Facts]) -> list[str]:
    counts: Counter[str] = Counter()
    judged = [feed["health"] for feed in feeds if feed["health"] and feed["health"]["known_rows"]]
    for health in judged:
        counts.update({words: health[name] or 0 for name, words in _ANOMALIES.items()})
    if not judged:
        return []
    if not counts.total():
        return ["\norder         no event out of order was recorded in the last 30 days"]
    listed = ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    return [f"\norder         events out of order in the last 30 days: {listed}; ops.order_anomalies lists them"]


def _quarantine(quarantine: Facts) -> list[str]:
    if not quarantine["rows_by_feed"]:
        return []
    total = sum(quarantine["rows_by_feed"].values())
    reasons = [
        f"  {newest['last_loaded_at']}  {newest['feed']}  {newest['reason']}  {plural(newest['rows'], 'row')}"
        for newest in quarantine["newest_reasons"]
    ]
    return [f"\n{plural(total, 'row')} in quarantine: churniq quarantine list; the newest reasons:", *reasons]
