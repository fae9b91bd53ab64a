"""Sentences about what was delivered: columns that are nearly known ones, files of which nothing loaded.

Belongs here: what a person has to be told of a file. Does not belong here: the accounting (``loading``).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches

_CLOSE = 0.85
_SHOWN = 3


def near_misses(sent: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """The sent names that are no known column but nearly one that was not sent, each with that one."""
    names = list(sent)
    absent = [name for name in known if name not in names]
    # Spelled as all of them are, which makes Country and "tax_amount " equal to known ones.
    plain = {_plain(name): name for name in absent}
    found: dict[str, str] = {}
    for name in names:
        if name in known:
            continue
        spelled = _plain(name)
        close = [spelled] if spelled in plain else get_close_matches(spelled, plain, n=1, cutoff=_CLOSE)
        if close:
            found[name] = plain[close[0]]
    return found


def near_misses_sentence(path: str, near: Mapping[str, str], *, kept: bool) -> str:
    """What to say of a file with such names."""
    listed = ", ".join(f'"{sent}" (nearly {known})' for sent, known in near.items())
    place = " are kept in extra" if kept else " are not read"
    return f"{path}: the columns {listed}{place}: name them exactly so if they are meant."


def missing_columns_sentence(path: str, feed: str, missing: Sequence[str], *, near: Mapping[str, str]) -> str:
    """What to say of a file that lacks columns without which none of its rows can be loaded."""
    hint = "".join(f'; its column "{sent}" is nearly {known}' for sent, known in near.items())
    return (
        f"{path} was quarantined whole, since it lacks the required columns {', '.join(missing)} of {feed}{hint}: add "
        "them and ingest it again."
    )


def nothing_loaded_sentence(
    path: str,
    rows: int,
    reasons: Sequence[tuple[str, int]],
    *,
    near: Mapping[str, str],
    problem: str | None,
    is_trial: bool,
) -> str:
    """What to say of a file of which no row was loaded, with the reasons of its rows, the most frequent first.

    A trial keeps nothing, so there is no quarantine to look into.
    """
    shown = ", ".join(f"{reason} {count:,}" for reason, count in reasons[:_SHOWN])
    others = reasons[_SHOWN:]
    if others:
        shown += f", {len(others):,} other reasons {sum(count for _, count in others):,}"
    parts = [f"{path}: not one of its {rows:,} rows {'would load' if is_trial else 'was loaded'} ({shown})"]
    if near:
        parts.append("; ".join(f'its column "{sent}" is nearly {known}' for sent, known in near.items()))
    if problem:
        parts.append(problem)
    told = "; ".join(parts)
    if is_trial:
        return f"{told}: mend the file or the mapping."
    return f"{told}: mend the file and ingest it again (churniq quarantine show has the rows)."


def unreadable_sentence(path: str, reason: str, *, is_trial: bool) -> str:
    """What to say of a file that cannot be read at all."""
    if is_trial:
        return f"{path} cannot be read, since {reason}: mend the file, or say in the mapping how it is written."
    return f"{path} was quarantined whole, since {reason}: mend the file and ingest it again."


def unreadable_rows_sentence(path: str, rows: int, problem: str) -> str:
    """What to say of a file of which some rows cannot be read, since it is not written as it should be."""
    return f"{path}: {rows:,} of its rows cannot be read (malformed_row), since {problem}."


def no_rows_sentence(path: str, feed: str, missing: Sequence[str]) -> str:
    """What to say of a file that has a header, or what is taken for one, and nothing else."""
    return f"{path}: it has no rows, and its header lacks the required columns {', '.join(missing)} of {feed}."


def completions_sentence(feed: str, added: Mapping[str, int], *, is_trial: bool) -> str:
    """What to say of rows that repeat accepted ones and say more: the first row of an id stays as it was accepted."""
    listed = ", ".join(f"{name} {count:,}" for name, count in added.items())
    return (
        f"{feed}: rows that came before come again with values that they had not ({listed}); they "
        f"{'would be' if is_trial else 'are'} in quarantine (conflict), since a reported number would change: give "
        "such rows ids of their own, or leave the column out of the rows that came before."
    )


def several_versions_sentence(feed: str, keys: int, key: Sequence[str], *, is_summed: bool = False) -> str:
    """What to say of a feed that keeps the newest row of each key when nothing says which one that is."""
    remedy = (
        "sum_by sums the rows of one file only, so put them into one file"
        if is_summed
        else "send one row each (a mapping can sum them), or recorded_at with each"
    )
    return (
        f"{feed}: {keys:,} of its keys ({', '.join(key)}) come several times with different values at one time, of "
        f"which one counts: {remedy}."
    )


def _plain(name: str) -> str:
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name.strip().strip("\ufeff\"'"))
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
