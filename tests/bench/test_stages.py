"""What the runs in the background say of a command that does not end."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.stages import finish


def test_a_command_that_does_not_end_says_where_it_is() -> None:
    """A run over night ended with a traceback of its own, and nobody knew whether the build had hung or been slow."""
    waits = "import faulthandler, signal\nfaulthandler.register(signal.SIGUSR1)\ndef idle(): signal.pause()\nidle()"
    command = [sys.executable, "-c", waits, "--quiet", "build"]
    said = finish(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE), 5)
    assert said.startswith("build did not end within 5 seconds, at a load of ")
    assert said.endswith(": it was at idle in <string>:3")
