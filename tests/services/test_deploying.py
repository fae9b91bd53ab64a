"""The files of ``deploy/`` start what there is: the command, its options, the settings and the paths that they name."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from pipelines.cli import main
from pipelines.services.programs import PORTS

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())


def _unit(file: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(file)
    return parser


def _require_command(words: list[str]) -> None:
    """Every word is one of ours: a command, its options, or their values."""
    command = main.commands[words[0]]
    command.make_context(words[0], words[1:])


@pytest.mark.parametrize("file", UNITS, ids=lambda file: file.name)
def test_a_unit_is_sound(file: Path) -> None:
    """A unit with an option that the command no longer takes is noticed when the machine restarts."""
    unit = _unit(file)
    if file.suffix == ".timer":
        assert unit["Install"]["WantedBy"] == "timers.target"
        assert file.with_suffix(".service").exists()
        return
    program, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/churniq")
    _require_command(words)
    assert unit["Service"]["User"] == "churniq"
    if shutil.which("systemd-analyze"):
        command = ["systemd-analyze", "verify", "--man=no", str(file)]
        found = subprocess.run(command, check=False, capture_output=True, text=True)
        ours = [line for line in found.stderr.splitlines() if "not executable" not in line and file.name in line]
        assert not ours


def test_the_compose_file_runs_the_container_that_is_built() -> None:
    service = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["churniq"]
    container = (DEPLOY / "Containerfile").read_text()
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).resolve().exists()
    command = re.search(r"^CMD \[(.*)\]$", container, re.MULTILINE)
    assert command
    _require_command([word.strip(' "') for word in command[1].split(",")])
    published = {port.rsplit(":", 1)[1] for port in service["ports"]}
    assert published == {str(port) for port in PORTS.values()}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"]), "a proxy with TLS stands before them"
    for copied in re.findall(r"^COPY (\S+) ", container, re.MULTILINE):
        assert (DEPLOY.parent / copied).exists(), copied


def test_what_runs_reaches_the_backups() -> None:
    """A build that erases people tells the backups of them, and the disk that holds these was read-only to it."""
    settings = (DEPLOY / "churniq.env.example").read_text()
    target = re.search(r"^CHURNIQ_BACKUP_TARGET=(.*)$", settings, re.MULTILINE)
    assert target
    writable = _unit(DEPLOY / "systemd" / "churniq.service")["Service"]["ReadWritePaths"].removeprefix("-")
    assert Path(target[1]).is_relative_to(writable)
    volumes = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["churniq"]["volumes"]
    assert any(volume.endswith(":${CHURNIQ_BACKUP_TARGET}") for volume in volumes)
