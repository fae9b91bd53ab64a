"""A dbt that has loaded the project and waits for commands, in a process of its own.

Importing dbt and reading the parsed project takes as long as many models: a build starts this process first, and it
loads while the files are landed. Run as a module it is the process itself: a command is a line of JSON on standard
input, what dbt prints is standard output, and a line that begins with ``END_OF_COMMAND`` has the exit status. When its
standard input closes it ends at once, in the middle of a command too, so it never outlives who started it.

Belongs here: the process and talking to it. Does not belong here: which commands are given, and where the parsed
project lies (``pipelines.warehouse.dbt``).
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

END_OF_COMMAND = b"\x00end of command "
RUN_RESULTS = "run_results.json"
_ABANDONED = 70


class DbtProcess:
    """One process of dbt; commands run one after another. Close it, or use it as a context manager."""

    def __init__(self, parsed: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command
            [sys.executable, "-m", __name__, str(parsed)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Its own group: Ctrl+C reaches the build, which ends dbt in order.
            start_new_session=True,
        )

    def __enter__(self) -> DbtProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> DbtCommand:
        """Begin a command; its output must be read to the end before the next one is begun."""
        line = json.dumps({"arguments": list(arguments), "environment": dict(environment)})
        stdin, stdout = _open(self._process.stdin), _open(self._process.stdout)
        try:
            stdin.write(line.encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # It died; reading its output says so.
        return DbtCommand(arguments, stdout, self)

    def run(self, arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; gives its exit status and output."""
        command = self.start(arguments, environment)
        output = b"".join(command.lines()).decode(errors="replace")
        return subprocess.CompletedProcess(list(arguments), command.wait(), output, "")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        _open(self._process.stdin).close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _open(self._process.stdout).close()


class DbtCommand:
    """A command under way."""

    def __init__(self, arguments: Sequence[str], output: IO[bytes], process: DbtProcess) -> None:
        self.args = ["dbt", *arguments]
        self.returncode: int | None = None
        self._output, self._process = output, process

    def lines(self) -> Iterator[bytes]:
        """What dbt prints, line by line, to the end of the command."""
        while self.returncode is None:
            line = self._output.readline()
            if line.startswith(END_OF_COMMAND):
                self.returncode = int(line.removeprefix(END_OF_COMMAND))
            elif line:
                yield line
            else:
                self.returncode = _ABANDONED

    def wait(self) -> int:
        """The exit status of dbt: 0 success, 1 something failed, 2 it could not run."""
        for _ in self.lines():
            pass
        return _ABANDONED if self.returncode is None else self.returncode

    def stop(self) -> None:
        """End the command, and the process with it."""
        self._process.close()


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise RuntimeError("The process was started without pipes.")
    return stream


def main(parsed: Path) -> None:
    """Load dbt and the project, then carry out the commands of standard input until it closes."""
    commands: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    _leave_out_debug_events()
    manifest = Manifest.from_msgpack(parsed.read_bytes())
    manifest.build_flat_graph()  # type: ignore[no-untyped-call] # what macros see as ``graph``; dbt builds it where it parses.
    as_parsed = {name: dict(vars(node)) for name, node in manifest.nodes.items()}
    original = dict(os.environ)
    while True:
        command = json.loads(commands.get())
        os.environ.clear()
        os.environ.update({**original, **command["environment"]})
        result = dbtRunner(manifest=manifest).invoke(command["arguments"])
        if result.exception:
            print(result.exception, flush=True)  # noqa: T201 - standard output is what is listened to
        if isinstance(result.result, RunExecutionResult):
            # All that is read of what dbt writes: the whole manifest anew would take as long as twenty models.
            result.result.write(str(Path(command["environment"]["DBT_TARGET_PATH"]) / RUN_RESULTS))
        _let_go_of_the_warehouse()
        status = 2 if result.exception else 0 if result.success else 1
        sys.stdout.flush()
        sys.stdout.buffer.write(END_OF_COMMAND + str(status).encode() + b"\n")
        sys.stdout.flush()
        # A command leaves in the nodes what it compiled; reading the project anew would take half a second.
        for name, fields in as_parsed.items():
            vars(manifest.nodes[name]).clear()
            vars(manifest.nodes[name]).update(fields)


def _leave_out_debug_events() -> None:
    """dbt makes messages of every step it takes, a hundred a model, before it looks whether anybody listens."""
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    class Listened(EventManager):
        def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *rest: Any, **options: Any) -> None:
            if (level or e.level_tag()) is not EventLevel.DEBUG:
                super().fire_event(e, level, *rest, **options)

    ctx_set_event_manager(Listened())


def _let_go_of_the_warehouse() -> None:
    """dbt-duckdb keeps the file open, and with it the lock, for as long as its process lives."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV  # Its accessor raises where nothing was opened.
    if environment is not None:
        environment.close()
        DuckDBConnectionManager.close_all_connections()


def _read_commands(commands: queue.SimpleQueue[bytes]) -> None:
    # Not sys.stdin: its lock would be held when the process ends.
    with os.fdopen(os.dup(0), "rb") as stream:
        for line in stream:
            commands.put(line)
    os._exit(_ABANDONED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
