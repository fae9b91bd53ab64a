"""Locks that only a living process holds: who waits comes next."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from pipelines.locks import is_held, waiting_for
from tests.conftest import PATIENCE_SECONDS


def test_who_waits_comes_before_who_had_it(tmp_path: Path) -> None:
    """A backfill took the lock again at once, day after day: a build that waited got it by chance, if ever."""
    lock, order = tmp_path / "build.lock", []

    def take(name: str) -> None:
        with waiting_for(lock, holder="Another", seconds=PATIENCE_SECONDS):
            order.append(name)

    waiting = threading.Thread(target=take, args=("build",))
    with waiting_for(lock, holder="Another", seconds=0):
        waiting.start()
        until = time.monotonic() + PATIENCE_SECONDS
        while not is_held(tmp_path / "build.turn.lock") and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
    take("the next day")
    waiting.join()
    assert order == ["build", "the next day"]
