"""Locks that only a living process holds: whoever comes second waits, says so, and does not wait for ever.

Belongs here: waiting for a lock. Does not belong here: what each lock protects.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import UserError

log = logging.getLogger("churniq")


@contextmanager
def waiting_for(lock: Path, *, holder: str, seconds: float) -> Iterator[None]:
    """Hold a lock file; waits while another process has it, after saying who that is.

    ``holder`` is who may have it, as the subject of a sentence. Raises ``UserError`` when it is held for longer.
    Whoever waits is next: one that takes the lock again and again, such as a backfill, would leave others no gap.
    """
    held, turn = (FileLock(file, thread_local=False) for file in (lock, lock.with_suffix(".turn.lock")))
    try:
        with turn.acquire(timeout=0):
            held.acquire(timeout=0)
    except Timeout:
        if seconds:
            log.warning("%s is running: this waits for it to end.", holder)
        until = time.monotonic() + seconds
        try:
            with turn.acquire(timeout=seconds, poll_interval=0.2):
                held.acquire(timeout=max(until - time.monotonic(), 0), poll_interval=0.2)
        except Timeout as error:
            raise UserError(f"{holder} is running: wait for it to end, then run this again.") from error
    try:
        yield
    finally:
        held.release()


def is_held(lock: Path) -> bool:
    """Whether a living process holds a lock file."""
    if not lock.exists():
        return False
    probe = FileLock(lock, thread_local=False)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    probe.release()
    return False
