"""Progress of a build for the person who waits for it.

Belongs here: turning what the steps print into lines of the ``churniq`` log. Does not belong here: the steps.
"""

from __future__ import annotations

import io
import logging
import re

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
