"""Becoming a program of the supervised set: ``python -m pipelines.services.launch [--after SOCKET] COMMAND…``.

The kernel tells the program to stop when its supervisor is gone, killed or not. Dagster's daemon and pages wait for
their code server first: they tell a page of errors for each moment in which it is still loading.

Belongs here: what happens before a program begins. Does not belong here: which program (``programs``).
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time

_PAUSE_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)


def wait_for(path: str) -> None:
    """Return once a process accepts connections on a Unix socket."""
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError:
                time.sleep(_PAUSE_SECONDS)
            else:
                return


def main(arguments: list[str]) -> None:
    """Become the command, once what it waits for answers."""
    end_with_parent()
    if arguments[0] == "--after":
        wait_for(arguments[1])
        arguments = arguments[2:]
    os.execv(arguments[0], arguments)  # noqa: S606 - the command that our own list names


if __name__ == "__main__":
    main(sys.argv[1:])
