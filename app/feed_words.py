"""The health of a feed in words.

Belongs here: one row of ``ops.feed_health`` to text. Does not belong here: the rules of late and unusual, which the
row has applied.
"""

from __future__ import annotations

from typing import Any

from app import formatting

Health = dict[str, Any]


def line(health: Health) -> dict[str, Any]:
    """The cells of a feed in the table of feeds."""
    return {
        "feed": formatting.words(health["feed"]),
        "known_rows": health["known_rows"],
        "newest_row": _newest(health),
        "expected": None if health["cadence_hours"] is None else f"Every {_span(health['cadence_hours'])}",
        "freshness": _flag(health["is_late"], "Late", "On time"),
        "gaps": None if health["gap_days"] is None else formatting.plural(health["gap_days"], "day"),
        "last_full_day": _volume(health),
        "event_mix": _mix(health),
    }


def concerns(health: Health) -> list[str]:
    """What about a feed needs a look, a sentence each."""
    feed = f"**{formatting.words(health['feed'])}**"
    found = []
    if health["is_late"]:
        found.append(
            f"{feed} are late: the newest row came {_span(health['hours_since_last_row'])} before the as-of instant, "
            f"one is expected every {_span(health['cadence_hours'])}, and a silence of "
            f"{_span(health['late_after_hours'])} is usual."
        )
    if health["has_recent_gap"]:
        found.append(
            f"{feed} failed to come on {formatting.plural(health['gap_days'], 'day')} of the last 90, "
            f"the latest {formatting.day(health['last_gap_day'])}."
        )
    if health["is_volume_unusual"]:
        found.append(
            f"{feed} had {formatting.plural(health['last_day_rows'], 'row')} on the last complete day, "
            f"usual for its weekday are {health['usual_day_rows']:,.0f}."
        )
    if health["is_mix_unusual"]:
        found.append(
            f"{feed} changed their mix of event types: {formatting.percent(health['mix_change'])} of the rows of the "
            "last seven days are of other types than in the 28 days before."
        )
    return found


def _newest(health: Health) -> str:
    if not health["known_rows"]:
        return "Never came"
    return (
        "Without a date" if health["hours_since_last_row"] is None else f"{_span(health['hours_since_last_row'])} ago"
    )


def _volume(health: Health) -> str | None:
    if health["last_day_rows"] is None:
        return None
    rows = formatting.plural(health["last_day_rows"], "row")
    if health["is_volume_unusual"] is None:
        return rows
    return _flag(health["is_volume_unusual"], f"Unusual: {rows}, not {health['usual_day_rows']:,.0f}", rows)


def _mix(health: Health) -> str | None:
    return _flag(health["is_mix_unusual"], f"Unusual: {formatting.percent(health['mix_change'])} moved", "As usual")


def _flag(is_raised: bool | None, raised: str, otherwise: str) -> str | None:
    if is_raised is None:
        return None
    return f"\N{WARNING SIGN} {raised}" if is_raised else otherwise


def _span(hours: float) -> str:
    return formatting.span(round(hours * 60))
