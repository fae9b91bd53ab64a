"""A few people who differ in what an export cares about, and the command line.

Belongs here: fixtures of more than one file. Does not belong here: assertions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from pipelines.cli import run
from pipelines.settings import Settings
from tests.activation.publishing import person, publish_people

# Gives the exit status, standard output and standard error.
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def people(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two who may be written to, one without consent, one deleted, one without an address, one at low risk."""
    monkeypatch.setenv("CHURNIQ_SECRET_KEY", "the same key in every test")
    return publish_people(
        settings,
        [
            person("anna", email="Anna.Berg@gmail.com", phone="06 1234 5678", first_name="Anna", churn_probability=0.9),
            person("bert", churn_probability=0.8),
            person("no-consent", marketing_consent=False),
            person("deleted", status="deleted", deleted_at="2026-06-01 00:00:00"),
            person("no-address", email=None, churn_probability=0.1),
            person("calm", risk_band="low"),
        ],
    )


@pytest.fixture
def churniq(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """A command, in this process."""

    def command(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["churniq", "--quiet", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            run()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return command
