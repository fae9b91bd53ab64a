"""What a person sees who waits for a build."""

from __future__ import annotations

import logging

import pytest

from pipelines.orchestration import progress


def test_silence_is_broken_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A build said nothing for half a minute, and people took it for stuck; an hour of lines helps nobody either."""
    clock = [100.0]
    monkeypatch.setattr("pipelines.orchestration.progress.time.monotonic", lambda: clock[0])
    heard = progress._Heard()
    monkeypatch.setattr(progress.log, "handlers", [heard, caplog.handler])
    monkeypatch.setattr(progress.log, "propagate", False)
    caplog.set_level(logging.INFO, logger=progress.log.name)

    def wait(seconds: float) -> list[str]:
        caplog.clear()
        clock[0] += seconds
        heard.repeat_after(2)
        return caplog.messages

    assert wait(10) == []  # Nothing was said that could be repeated.
    progress.log.info("scoring the %s", "customers")
    assert wait(1) == []
    assert wait(1) == ["still scoring the customers"]
    assert wait(3) == []
    assert wait(1) == ["still scoring the customers"]
    assert wait(7) == []
    progress.log.info("publishing")
    assert wait(2) == ["still publishing"]
