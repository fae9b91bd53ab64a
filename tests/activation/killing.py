"""A process that exports in children of its own and kills them: run as ``python -m tests.activation.killing``.

Each line of standard input is a JSON list: the folder that holds ``home``, the number of the change before which the
export dies, and where it writes to. The answer is a line: the child's exit status, or the negative number of the
signal that ended it. It imports once what an export needs and forks, so that a kill costs no second start.

Belongs here: counting changes of files, dying. Does not belong here: what is asserted (``test_export_kills``).
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

NEVER = 1_000_000
EXPORT = ("export", "at-risk", "--campaign", "spring", "--holdout", "0.3", "--out")
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "os.chmod"}


def _is_change(event: str, arguments: tuple[Any, ...], folder: str) -> bool:
    paths = arguments
    if event == "open":
        path, _, flags = arguments
        if not isinstance(flags, int) or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return False
        paths = (path,)
    elif event not in _CHANGES:
        return False
    return any(isinstance(path, str | os.PathLike) and os.fspath(path).startswith(folder) for path in paths)


def _export(folder: str, number: int, out: str) -> int:
    """Export and die before the change of that number; how many there were stands in a file otherwise."""
    from pipelines.cli import run

    os.environ["CHURNIQ_HOME"] = f"{folder}/home"
    changes = 0

    def counted(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if _is_change(event, arguments, folder):
            changes += 1
            if changes == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.argv = ["churniq", "--quiet", *EXPORT, out]
    sys.stdout = sys.stderr
    sys.addaudithook(counted)
    try:
        run()
    except SystemExit as ended:
        if ended.code:
            return 1
    made = changes
    changes = NEVER  # What follows is nobody's kill.
    Path(folder, "changes").write_text(str(made))
    return 0


def main() -> None:
    """Serve until standard input ends."""
    for module in ("duckdb", "polars", "pyarrow.parquet", "scipy.stats", "sqlalchemy", "pipelines.cli"):
        importlib.import_module(module)
    for line in sys.stdin:
        folder, number, out = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_export(folder, number, out))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
