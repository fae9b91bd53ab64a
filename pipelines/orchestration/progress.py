"""Progress of a build for the person who waits for it: what it does now, how far dbt is, and that it goes on.

Belongs here: turning steps, and what they print, into lines of the ``churniq`` log. Does not belong here: the steps.
"""

from __future__ import annotations

import io
import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger("churniq")

_DBT_RESULT = re.compile(r"(?P<number>\d+) of (?P<total>\d+) (?P<outcome>OK|PASS|WARN|ERROR|FAIL)\b(?P<text>[^.\[]*)")


class DbtProgress(io.TextIOBase):
    """A stand-in for standard output that reports every tenth of dbt's work and everything that goes wrong."""

    def __init__(self) -> None:
        self.reported = 0
        self.done = 0
        self.total = 0

    def write(self, text: str) -> int:
        """Take what dbt prints; lines that say nothing of progress are dropped."""
        for match in _DBT_RESULT.finditer(text):
            total = int(match["total"])
            if total != self.total:  # dbt runs a second time after the scores
                self.done, self.reported, self.total = 0, 0, total
            self.done += 1
            if match["outcome"] in {"WARN", "ERROR", "FAIL"}:
                log.warning("dbt: %s%s", match["outcome"], match["text"].rstrip())
            elif self.done * 10 // total > self.reported:
                self.reported = self.done * 10 // total
                log.info("dbt: %s of %s models and tests", self.done, total)
        return len(text)


@contextmanager
def signs_of_life(seconds: float = 2.0) -> Iterator[None]:
    """Say again what goes on when nothing was said for a while; each time of the same, after twice as long."""
    heard = _Heard()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(seconds / 4):
            heard.repeat_after(seconds)

    log.addHandler(heard)
    watcher = threading.Thread(target=watch, daemon=True, name="signs of life")
    watcher.start()
    try:
        yield
    finally:
        log.removeHandler(heard)
        over.set()
        watcher.join()


class _Heard(logging.Handler):
    """Knows what was said last, and when."""

    def __init__(self) -> None:
        super().__init__()
        self._text, self._at, self._times = "", time.monotonic(), 0
        self._is_repeating = False

    def emit(self, record: logging.LogRecord) -> None:
        self._at = time.monotonic()
        if not self._is_repeating:
            self._text, self._times = record.getMessage(), 0

    def repeat_after(self, seconds: float) -> None:
        if not self._text or time.monotonic() - self._at < seconds * 2**self._times:
            return
        self._times += 1
        self._is_repeating = True
        try:
            log.info("still %s", self._text)
        finally:
            self._is_repeating = False
