"""The exceptions that a user is meant to read.

Belongs here: the types, and the one mistake that can happen wherever something is written: a full disk.
Does not belong here: how it is printed (``pipelines.cli``).
"""

import errno

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
# How SQLite (Dagster's history) and DuckDB say it.
_FULL_IN_WORDS = ("disk is full", "No space left on device", "Disk quota exceeded")


class UserError(Exception):
    """A mistake the user can mend, said in one sentence: what is wrong, where, and what to do about it."""


class WrongUsageError(UserError):
    """A value that the user typed and that nothing takes, whatever is in the lake; the exit status is 2."""


def full_disk_sentence(error: BaseException) -> str | None:
    """What to tell somebody whose disk was full when an error arose, be it the cause of the cause; None for others."""
    cause: BaseException | None = error
    while cause is not None:
        is_full = isinstance(cause, OSError) and cause.errno in _FULL
        if is_full or any(words in str(cause) for words in _FULL_IN_WORDS):
            place = f" that has {cause.filename}" if isinstance(cause, OSError) and cause.filename else ""
            return (
                f"The disk{place} is full: free space, then run this again; what was half written is left out and "
                "the last snapshot still serves."
            )
        cause = cause.__cause__ or cause.__context__
    return None
