"""What the tests of the receiver share."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.receiver import signing


@pytest.fixture
def configured(tmp_path: Path) -> dict[str, str]:
    """The variables that configure every sender."""
    return signing.environment(tmp_path / "keys")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that is logged; pytest also listens to a logger that a command before has closed to its parents."""
    caplog.set_level(logging.DEBUG)
    return caplog
