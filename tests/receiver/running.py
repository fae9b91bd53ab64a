"""A receiver as a process of its own, and what it left on the disk.

Belongs here: starting, stopping and killing one; reading segments. Does not belong here: sending requests.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.receiver.records import checksum_of
from tests.conftest import PATIENCE_SECONDS

_ADDRESS = re.compile(r"receiving on http://127\.0\.0\.1:(\d+)")
_COMMAND = "from pipelines.cli import program; program()"


@dataclass
class RunningReceiver:
    """A receiver that listens on ``port`` and writes its log to ``log``."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def stop(self) -> int:
        """Ask it to stop, and wait; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it without any warning."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE_SECONDS)


def start_receiver(home: Path, *arguments: str, **environment: str) -> RunningReceiver:
    """Start ``churniq receive`` on a free port with a CHURNIQ_HOME, and wait until it listens."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / f"receiver-{time.monotonic_ns()}.log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHURNIQ_")}
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, "receive", "--port", "0", *arguments],
            env={**inherited, "CHURNIQ_HOME": str(home), **environment},
            cwd=Path(__file__).parents[2],
            stdout=stream,
            stderr=stream,
        )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = _ADDRESS.search(log.read_text())
        if found:
            return RunningReceiver(process, int(found[1]), log)
        if process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    raise RuntimeError(f"the receiver did not start: {log.read_text()[-2000:]}")


def finished_segments(home: Path, source: str) -> list[Path]:
    """The segments that a build would take."""
    return sorted(path for path in (home / "landing" / source).glob("*.jsonl") if not path.name.startswith("."))


def open_segments(home: Path, source: str) -> list[Path]:
    """The segments that are hidden from builds."""
    return sorted((home / "landing" / source).glob(".*.jsonl"))


def stored_requests(home: Path, source: str) -> list[dict[str, Any]]:
    """Every request in finished segments; fails when a record is not whole."""
    lines = [line for path in finished_segments(home, source) for line in path.read_bytes().split(b"\n") if line]
    assert all(checksum_of(line.decode()) for line in lines)
    return [json.loads(line) for line in lines]
