"""One stream of what all services print: a line with the time and the service, or a JSON object a line.

Belongs here: how a line looks. Does not belong here: where lines come from (``supervision``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Literal

Format = Literal["plain", "json"]

_LONGEST_LINE = 1 << 16
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NAME_WIDTH = 14
# Not where it is counted, as in dbt's WARN=0.
_LEVELS = re.compile(r"\b(CRITICAL|CRIT|ERROR|WARNING|WARN|INFO|DEBUG)\b(?!=)")
_OWN_TIME = re.compile(r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(,\d{3}| [+]0000 -)?\s+")
_LEVEL_NAMES = {"CRIT": "critical", "WARN": "warning"}


class LineSplitter:
    """What a service has printed, cut into lines; the beginning of a line waits for its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rest = b""

    def lines(self, content: bytes) -> Iterator[str]:
        """The lines that are whole now; one that does not end is cut."""
        *whole, self._rest = (self._rest + content).split(b"\n")
        if len(self._rest) > _LONGEST_LINE or (self._rest and not content):
            whole, self._rest = [*whole, self._rest], b""
        for line in whole:
            text = _CONTROL.sub(" ", _COLOURS.sub("", line.decode(errors="replace"))).rstrip()
            # The stream has its own time.
            text = _OWN_TIME.sub("", text)
            if text:
                yield text


class Stream:
    """Where the lines go."""

    def __init__(self, out: IO[str], style: Format, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._out, self._style, self._clock = out, style, clock

    def write(self, service: str, line: str) -> None:
        """Write one line of a service, at once."""
        at = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if self._style == "json":
            record = {"time": at, "service": service, "level": _level(line), "message": line}
            self._out.write(json.dumps(record, ensure_ascii=False) + "\n")
        else:
            self._out.write(f"{at} {service:<{_NAME_WIDTH}} | {line}\n")
        self._out.flush()


def _level(line: str) -> str:
    """The level that a line names in its first words; info where it names none."""
    found = _LEVELS.search(line[:80])
    return _LEVEL_NAMES.get(found[1], found[1].lower()) if found else "info"
