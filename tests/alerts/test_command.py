"""What an operator types and reads: the list of rules, a run, a test message, and the monitor where none arrives."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from pipelines.alerts.journal import AlertDelivery, record_delivery
from pipelines.cli.alerting import alerts
from pipelines.errors import UserError
from pipelines.services.monitor import create_monitor
from pipelines.settings import Settings
from tests.alerts.conftest import WebhookServer


def _typed(*words: str) -> str:
    found = CliRunner().invoke(alerts, words, catch_exceptions=True)
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.output


def test_every_rule_is_listed_with_its_state_and_every_target_with_what_it_lacks(
    published: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which rules there are was known to the one who wrote them, and whether they were ever looked at to nobody."""
    before = _typed("list")
    assert "never looked at" in before
    assert "not configured: CHURNIQ_ALERTS_SLACK_URL" in before
    assert "nothing to send" in _typed("run")
    after = _typed("list")
    assert "never looked at" not in after
    assert "FIRED" in after
    assert "quiet" in after


def test_a_test_message_needs_a_target_and_says_whether_it_arrived(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, webhook: WebhookServer
) -> None:
    with pytest.raises(UserError, match="CHURNIQ_ALERTS_WEBHOOK_URL"):
        _typed("test")
    monkeypatch.setenv("CHURNIQ_ALERTS_WEBHOOK_URL", f"http://127.0.0.1:{webhook.port}/")
    assert _typed("test") == "test to webhook (webhook): arrived\n"
    webhook.status = 410
    with pytest.raises(UserError, match="webhook could not be delivered to"):
        _typed("test")


def test_the_monitor_is_not_ready_while_alerts_do_not_arrive(published: Settings) -> None:
    """The outside notification failed, and nothing inside said so."""
    client = TestClient(create_monitor(published, dict), base_url="http://localhost")
    assert client.get("/readyz").status_code == 200
    at = "2999-01-01T00:00:00+00:00"
    record_delivery(
        published.home, AlertDelivery(at, "mail", "mail", "alert", ["x"], False, "the mail server answered 535")
    )
    assert client.get("/readyz").json()["reasons"] == ["Alerts do not arrive at mail: the mail server answered 535."]
