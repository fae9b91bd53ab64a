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
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from pipelines.processes import ABANDONED, WorkingProcess, lines_of_parent
from pipelines.warehouse.dbt_shortcuts import CompiledTemplates, take_shortcuts

END_OF_COMMAND = b"\x00end of command "
RUN_RESULTS = "run_results.json"


class DbtProcess:
    """One process of dbt; commands run one after another. Close it, or use it as a context manager."""

    def __init__(self, parsed: Path) -> None:
        self._working = WorkingProcess(__name__, str(parsed), stderr=subprocess.STDOUT)

    def __enter__(self) -> DbtProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, arguments: Sequence[str], environment: Mapping[str, str]) -> DbtCommand:
        """Begin a command; its output must be read to the end before the next one is begun."""
        line = json.dumps({"arguments": list(arguments), "environment": dict(environment)})
        stdin, stdout = self._working.stdin, self._working.stdout
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
        self._working.close()


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
                self.returncode = ABANDONED

    def wait(self) -> int:
        """The exit status of dbt: 0 success, 1 something failed, 2 it could not run."""
        for _ in self.lines():
            pass
        return ABANDONED if self.returncode is None else self.returncode

    def stop(self) -> None:
        """End the command, and the process with it."""
        self._process.close()


def main(parsed: Path) -> None:
    """Load dbt and the project, then carry out the commands of standard input until it closes."""
    commands = lines_of_parent()
    from dbt.artifacts.schemas.run import RunExecutionResult
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    take_shortcuts()
    templates = CompiledTemplates(parsed.parent)
    templates.use()
    manifest = Manifest.from_msgpack(parsed.read_bytes())
    manifest.build_flat_graph()  # type: ignore[no-untyped-call] # what macros see as ``graph``; dbt builds it where it parses.
    as_parsed = {name: dict(vars(node)) for name, node in manifest.nodes.items()}
    original = dict(os.environ)
    for line in commands:
        command = json.loads(line)
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
        templates.keep()
        # A command leaves in the nodes what it compiled; reading the project anew would take half a second.
        for name, fields in as_parsed.items():
            vars(manifest.nodes[name]).clear()
            vars(manifest.nodes[name]).update(fields)


def _let_go_of_the_warehouse() -> None:
    """dbt-duckdb keeps the file open, and with it the lock, for as long as its process lives."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    environment = DuckDBConnectionManager._ENV  # Its accessor raises where nothing was opened.
    if environment is not None:
        environment.close()
        DuckDBConnectionManager.close_all_connections()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
