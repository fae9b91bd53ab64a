"""Keeping the services running: supervisor starts them, starts again what ends, and stops them with their children.

Supervisor waits a second more before each new attempt of a program that ends within its first seconds. Here it is a
child of this process, which makes one stream of what all of them print, and passes on being told to stop.

Belongs here: supervisor's configuration, the life of it. Does not belong here: which services (``programs``), how a
line looks (``log_lines``).
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import selectors
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import UserError
from pipelines.services.launch import end_with_parent
from pipelines.services.log_lines import LineSplitter, Stream
from pipelines.services.programs import Program
from pipelines.settings import Settings

SOCKET_VARIABLE, KEY_VARIABLE = "CHURNIQ_SUPERVISOR_SOCKET", "CHURNIQ_SUPERVISOR_KEY"
"""Where a service finds the supervisor that runs it, to ask how the others are, and what lets it in."""
USER = "churniq"
_RUNNING_AFTER_SECONDS = 5


def require_free(host: str, port: int, option: str) -> None:
    """Raise ``UserError`` when something listens on a port that a service is to have."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            sentence = f"Port {port} is in use: stop what listens there, or choose another with {option}."
        else:
            sentence = f"{host}:{port} cannot be listened on ({error.strerror}): choose another host or port."
        raise UserError(sentence) from error


def supervise(programs: Sequence[Program], folder: Path, environment: Mapping[str, str], stream: Stream) -> int:
    """Run programs until SIGTERM or SIGINT, or until supervisor ends; gives the exit status: 0 after a stop."""
    pipes = {program.name: folder / f"{program.name}.out" for program in programs}
    for pipe in pipes.values():
        os.mkfifo(pipe, 0o600)
    configuration = folder / "supervisor.conf"
    configuration.write_text(_configuration(programs, pipes, folder))
    found = {SOCKET_VARIABLE: str(folder / "supervisor.sock"), KEY_VARIABLE: secrets.token_hex(16)}
    return _run(configuration, pipes, {**environment, **found}, stream)


def _run(configuration: Path, pipes: Mapping[str, Path], environment: Mapping[str, str], stream: Stream) -> int:
    with selectors.DefaultSelector() as selector:
        for name, pipe in pipes.items():
            # Open for writing too: the stream then never ends while a program is started again.
            selector.register(os.open(pipe, os.O_RDWR | os.O_NONBLOCK), selectors.EVENT_READ, LineSplitter(name))
        process = subprocess.Popen(  # noqa: S603 - a fixed command
            [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            # Ctrl+C reaches this process alone, which stops the others in order.
            start_new_session=True,
            # Killed with this process, for nobody reads its pipes then; the programs are told to stop by its end.
            preexec_fn=partial(end_with_parent, signal.SIGKILL),  # noqa: PLW1509 - this process has one thread
        )
        assert process.stdout is not None  # noqa: S101 - for the type checker
        own = process.stdout.fileno()
        selector.register(own, selectors.EVENT_READ, LineSplitter("supervisor"))
        is_stopped = False

        def stop(*_: object) -> None:
            nonlocal is_stopped
            is_stopped = True
            process.send_signal(signal.SIGTERM)

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            _copy(selector, own, stream)
            status = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            for key in list(selector.get_map().values()):
                if key.fd != own:
                    os.close(key.fd)
    return 0 if is_stopped else status or 1


def _copy(selector: selectors.BaseSelector, own: int, stream: Stream) -> None:
    """Write what all of them print until supervisor's own output ends, which is when it has stopped them."""
    is_open = True
    while is_open:
        for key, _ in selector.select():
            content = os.read(key.fd, 1 << 16)
            for line in key.data.lines(content):
                stream.write(key.data.name, line)
            if key.fd == own and not content:
                is_open = False
    for key, _ in selector.select(timeout=0):
        if key.fd != own:
            for line in key.data.lines(os.read(key.fd, 1 << 20)):
                stream.write(key.data.name, line)


def _configuration(programs: Sequence[Program], pipes: Mapping[str, Path], folder: Path) -> str:
    """Supervisor's settings; ``stopasgroup`` reaches what a program has started."""
    user = f"user={os.getuid()}\n" if os.getuid() == 0 else ""
    sections = [
        f"[supervisord]\nnodaemon=true\nlogfile=/dev/null\nlogfile_maxbytes=0\n{user}"
        f"pidfile={folder}/supervisor.pid\nchildlogdir={folder}\n",
        f"[unix_http_server]\nfile={folder}/supervisor.sock\nchmod=0600\n"
        f"username={USER}\npassword=%(ENV_{KEY_VARIABLE})s\n",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
    ]
    sections += [
        f"[program:{program.name}]\n"
        f"command={_command(program)}\n"
        f"startsecs={_RUNNING_AFTER_SECONDS}\nstartretries=1000000000\nautorestart=true\n"
        f"stopwaitsecs={program.stop_seconds}\nstopasgroup=true\nkillasgroup=true\n"
        f"redirect_stderr=true\nstdout_logfile={pipes[program.name]}\nstdout_logfile_maxbytes=0\n"
        for program in programs
    ]
    return "\n".join(sections)


def _command(program: Program) -> str:
    after = ("--after", program.after) if program.after else ()
    return shlex.join((sys.executable, "-m", "pipelines.services.launch", *after, *program.command)).replace("%", "%%")


@contextmanager
def only_supervisor(settings: Settings) -> Iterator[Path]:
    """Be the one that runs the services of an environment: two daemons would start every build twice.

    Gives an empty folder for sockets. Its path is short, as those of sockets must be, and stays the same: Dagster
    keeps which schedules a person has switched off by the address of the code server.
    """
    digest = hashlib.sha256(os.fsencode(settings.home.resolve())).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"churniq-{os.getuid()}-{digest[:16]}"
    lock = FileLock(settings.locks / "services.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise UserError(
            f"The services of {settings.home} run already: stop that churniq up or churniq dagster first."
        ) from error
    try:
        _make_own(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _make_own(folder: Path) -> None:
    """An empty folder of this user's in the common one; what a killed supervisor left in it goes."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise UserError(
                f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of yours."
            ) from error
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
