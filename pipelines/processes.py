"""A process of this project: how seldom it looks for garbage, what it imports late, how it ends, and one that works for
another.

Belongs here: starting and ending it, and that process's side of it. Does not belong here: what it does
(``pipelines.cli``, ``pipelines.warehouse.dbt_process``, ``pipelines.contract.suites_process``).
"""

from __future__ import annotations

import atexit
import gc
import importlib.util
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, PathFinder
from typing import IO, NoReturn

ABANDONED = 70
# Objects that are made before Python looks for cycles among them; its own default is 700.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


def collect_garbage_rarely() -> None:
    """Let this process look for cycles of objects seldom.

    The libraries of a build make millions of objects that stay, so that every search among the newest is in vain.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


class ImportedWhenUsed:
    """A finder that puts off what libraries import at their head and this process hardly uses, until somebody does."""

    def __init__(self, *modules: str) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        """The module with a loader that runs it at the first attribute; None for every other module."""
        spec = PathFinder.find_spec(name, path) if name in self._modules else None
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def leave(status: int) -> NoReturn:
    """End this process as Python would, but for taking apart what its libraries made: that takes long after a build."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            pass  # Who read it has gone.
        except OSError as error:
            os.write(2, f"{error}\n".encode())
            status = status or 1
    os._exit(status)


class WorkingProcess:
    """A module that runs as a process of its own. Close it, or use it as a context manager."""

    def __init__(self, module: str, *arguments: str, stderr: int | None = None) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - a fixed command
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            # Its own group: Ctrl+C reaches the build, which ends it in order.
            start_new_session=True,
        )

    @property
    def stdin(self) -> IO[bytes]:
        """What it is told."""
        return _open(self.process.stdin)

    @property
    def stdout(self) -> IO[bytes]:
        """What it says."""
        return _open(self.process.stdout)

    def close(self) -> None:
        """End it, whatever it is doing."""
        with suppress(BrokenPipeError):  # It has ended, with something left to tell it.
            self.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.stdout.close()


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("The process was started without pipes.")
    return stream


def lines_of_parent() -> Iterator[bytes]:
    """The lines of standard input as they come; when it closes the process ends, in the middle of its work too."""
    collect_garbage_rarely()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()

    def each() -> Iterator[bytes]:
        while True:
            yield lines.get()

    return each()


def _read(lines: queue.SimpleQueue[bytes]) -> None:
    # Not sys.stdin: its lock would be held when the process ends.
    with os.fdopen(os.dup(0), "rb") as stream:
        for line in stream:
            lines.put(line)
    os._exit(ABANDONED)
