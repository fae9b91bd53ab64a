"""The supervised set: what ends is started again, all lines arrive, nothing is left when it stops."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.services.log_lines import LineSplitter, Stream
from pipelines.services.programs import DASHBOARDS, PAGES, PORTS, Choice, environment, programs
from pipelines.services.supervision import only_supervisor, require_free
from pipelines.settings import Settings

ROOT = Path(__file__).parents[2]
_PATIENCE = 60.0  # A loaded machine is slow, and a test that counts on a fast one fails there.

_TWO_PROGRAMS = """
import sys
from pathlib import Path
from pipelines.services.log_lines import Stream
from pipelines.services.programs import Program
from pipelines.services.supervision import only_supervisor, supervise
from pipelines.settings import Settings

steady = Program("steady", ("/bin/sh", "-c", "echo here $$; exec sleep 1000"))
ending = Program("ending", ("/bin/sh", "-c", "echo again; printf 'no end'; exit 3"))
with only_supervisor(Settings().prepare()) as folder:
    import os
    sys.exit(supervise([steady, ending], folder, os.environ, Stream(sys.stdout, "json")))
"""


class Set:
    """A supervised set of two programs in a process of its own, and the lines that it has written."""

    def __init__(self, out: Path) -> None:
        self.out = out
        with out.open("wb") as stream:
            self.process = subprocess.Popen([sys.executable, "-c", _TWO_PROGRAMS], stdout=stream, cwd=ROOT)

    def messages(self, service: str) -> list[str]:
        whole = self.out.read_text().split("\n")[:-1]
        return [line["message"] for line in map(json.loads, whole) if line["service"] == service]

    def steady_process(self) -> int:
        until(lambda: self.messages("steady"))
        return int(self.messages("steady")[0].removeprefix("here "))


def until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_what_ends_is_started_again_and_a_stop_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    """A stopped set left its receiver behind, which held the port against the next start."""
    running = Set(tmp_path / "out")
    steady = running.steady_process()
    until(lambda: len(running.messages("ending")) >= 3)
    assert set(running.messages("ending")) <= {"again", "no endagain", "no end"}
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(_PATIENCE) == 0
    assert not is_alive(steady)
    assert any("exit status 3" in message for message in running.messages("supervisor"))


def test_a_killed_set_leaves_nothing(settings: Settings, tmp_path: Path) -> None:
    """Whoever kills the command with SIGKILL has killed nothing else: the services stayed, without a supervisor."""
    running = Set(tmp_path / "out")
    steady = running.steady_process()
    running.process.kill()
    running.process.wait()
    until(lambda: not is_alive(steady))
    with only_supervisor(settings) as folder:
        assert list(folder.iterdir()) == []


def test_only_one_supervises_an_environment(settings: Settings) -> None:
    """Two daemons started every build twice."""
    with only_supervisor(settings), pytest.raises(UserError, match="run already"), only_supervisor(settings):
        pass


def test_a_folder_that_somebody_else_made_is_refused(settings: Settings) -> None:
    """The common folder for temporary files is everybody's: the folder could be a trap."""
    with only_supervisor(settings) as folder:
        pass
    folder.mkdir()
    folder.chmod(0o755)
    try:
        with pytest.raises(UserError, match="remove it"), only_supervisor(settings):
            pass
    finally:
        if folder.exists():
            folder.rmdir()


def test_a_port_that_is_taken_is_told_with_its_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"Port {port} .*--receiver-port"):
            require_free("127.0.0.1", port, "--receiver-port")


def test_lines_are_cut_cleaned_and_never_lost() -> None:
    """Chunks end in the middle of a line, and colours and control characters would reach the terminal."""
    splitter = LineSplitter("x")
    assert list(splitter.lines(b"one\ntw")) == ["one"]
    assert list(splitter.lines(b"o\n\n2026-11-28 22:51:03,011 INFO \x1b[32mgreen\x1b[0m\x07\n")) == [
        "two",
        "INFO green",
    ]
    assert list(splitter.lines(b"z" * 70_000)) == ["z" * 70_000]
    assert list(splitter.lines(b"\xff end")) == []
    assert list(splitter.lines(b"")) == ["\ufffd end"]


def test_a_line_as_json_and_for_people() -> None:
    def clock() -> datetime:
        return datetime(2026, 5, 1, 12, tzinfo=UTC)

    out = io.StringIO()
    Stream(out, "json", clock).write("receiver", 'WARN it said "no"')
    assert json.loads(out.getvalue()) == {
        "time": "2026-05-01T12:00:00.000Z",
        "service": "receiver",
        "level": "warning",
        "message": 'WARN it said "no"',
    }
    out = io.StringIO()
    Stream(out, "plain", clock).write("receiver", "hello")
    assert out.getvalue() == "2026-05-01T12:00:00.000Z receiver       | hello\n"


def test_a_count_of_warnings_is_no_warning() -> None:
    """Every build of Dagster's that had ended well was written down as a warning, for its WARN=0."""
    out = io.StringIO()
    Stream(out, "json").write("dagster-code", "Done. PASS=263 WARN=0 ERROR=0 SKIP=0 NO-OP=16 TOTAL=279")
    assert json.loads(out.getvalue())["level"] == "info"


def test_dagster_is_told_the_same_address_at_every_start(settings: Settings) -> None:
    """A schedule that a person had switched off was on again after each start: its state hangs on the address."""
    found = []
    for _ in range(2):
        with only_supervisor(settings) as folder:
            programs(Choice({PAGES: 3000}), folder)
            found.append((folder / "workspace.yaml").read_text())
    assert found[0] == found[1]
    assert len(str(folder / "code.sock")) < 108


def test_pages_change_nothing_unless_they_are_told_to(settings: Settings, tmp_path: Path) -> None:
    def options(**choice: bool) -> set[str]:
        return {word for program in programs(Choice(PORTS, **choice), tmp_path) for word in program.command}  # type: ignore[arg-type]

    assert "--writable" not in options()
    assert "--insecure" not in options()
    assert {"--writable", "--insecure"} <= options(allow_changes=True, insecure=True)


def test_the_address_of_the_dashboards_is_known_to_whoever_sends_alerts() -> None:
    """``churniq up --port 9000`` sent alerts whose links led to port 8501, where nobody answered."""
    elsewhere = Choice({DASHBOARDS: 9000}, host="::1")
    assert environment(elsewhere, {})["CHURNIQ_DASHBOARDS"] == "http://[::1]:9000"
    everywhere = Choice({DASHBOARDS: 8501}, host="0.0.0.0")  # noqa: S104 - nothing is bound
    assert environment(everywhere, {})["CHURNIQ_DASHBOARDS"] == "http://127.0.0.1:8501"
    said = {"CHURNIQ_DASHBOARDS": "https://churniq.example.com"}
    assert environment(elsewhere, said)["CHURNIQ_DASHBOARDS"] == "https://churniq.example.com"
    assert "CHURNIQ_DASHBOARDS" not in environment(Choice({PAGES: 3000}), {})
