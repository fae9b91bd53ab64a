"""What the tests of the receiver share."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipelines.receiver.credentials import Credentials
from pipelines.receiver.senders import SENDERS
from tests.receiver import signing
from tests.receiver.believing import NOW, store_of


@pytest.fixture
def configured(tmp_path: Path) -> dict[str, str]:
    """The variables that configure every sender."""
    return signing.environment(tmp_path / "keys")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that is logged; pytest also listens to a logger that a command before has closed to its parents."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture(scope="module")
def credentials(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Credentials]:
    """What every sender is believed by."""
    values = signing.environment(tmp_path_factory.mktemp("keys"))
    return {name: store_of(name, values).current(NOW) for name in SENDERS}
