"""Alerts arrive, once, at everybody who is to know, and one that does not arrive is told to the others."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines.alerts.journal import deliveries, deliveries_file, evaluations
from pipelines.alerts.rules import SHIPPED
from pipelines.alerts.sending import run_alerts, run_alerts_quietly, try_targets
from pipelines.alerts.targets import SIGNATURE
from pipelines.errors import UserError
from pipelines.readings.go_live import go_live
from pipelines.settings import Settings
from tests.alerts.conftest import MailServer, WebhookServer

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
RULES = """
dashboards: https://churniq.example.com
targets:
  mail: {kind: mail, server: CHURNIQ_ALERTS_SMTP, sender: CHURNIQ_ALERTS_MAIL_FROM, to: CHURNIQ_ALERTS_MAIL_TO}
  chat: {kind: slack, url: CHURNIQ_ALERTS_SLACK_URL}
  hook: {kind: webhook, url: CHURNIQ_ALERTS_WEBHOOK_URL, secret: CHURNIQ_ALERTS_WEBHOOK_SECRET}
rules:
  - {name: volume, kind: volume, owner: data <team>, runbook: docs/runbooks/ingest.md, severity: warning}
  - {name: payouts, kind: reconciliation, above: 0, days: 30, owner: finance, runbook: r, severity: critical}
  - {name: late, kind: freshness, owner: data, runbook: r}
  - {name: hidden, kind: mix, owner: data, runbook: r, targets: [hook], suppress_hours: 0}
  - {name: undelivered, kind: undelivered, hours: 24, owner: data, runbook: r}
"""


@pytest.fixture
def ruled(published: Settings) -> Settings:
    (published.home / "alerts.yml").write_text(RULES)
    return published


@pytest.fixture
def environment(mail_server: MailServer, webhook: WebhookServer) -> dict[str, str]:
    return {
        "CHURNIQ_ALERTS_SMTP": f"smtp://127.0.0.1:{mail_server.port}",
        "CHURNIQ_ALERTS_MAIL_FROM": "churniq@example.com",
        "CHURNIQ_ALERTS_MAIL_TO": "on-call@example.com, second@example.com",
        "CHURNIQ_ALERTS_SLACK_URL": f"http://127.0.0.1:{webhook.port}/chat",
        "CHURNIQ_ALERTS_WEBHOOK_URL": f"http://127.0.0.1:{webhook.port}/hook",
        "CHURNIQ_ALERTS_WEBHOOK_SECRET": "of the test",
    }


def run(settings: Settings, environment: Mapping[str, str], at: datetime = NOW, trigger: str = "build") -> list[str]:
    """The messages of one run: target and rules."""
    _, sent = run_alerts(settings, trigger=trigger, now=at, environment=environment)
    return [f"{one.purpose} {one.target}: {', '.join(one.rules)}" for one in sent]


def test_what_fires_arrives_everywhere_grouped_and_signed(
    ruled: Settings, environment: dict[str, str], mail_server: MailServer, webhook: WebhookServer
) -> None:
    """Alerts that nobody can act on: without the rows, the owner, or what to do."""
    assert run(ruled, environment) == [
        "alert mail: volume, payouts",
        "alert chat: volume, payouts",
        "alert hook: volume, payouts, hidden",
    ]
    (mail,) = mail_server.mails
    assert mail["To"] == environment["CHURNIQ_ALERTS_MAIL_TO"]
    assert mail["Subject"] == "[ChurnIQ sandbox] alerts: payouts, volume", "the worst first"
    text = mail.get_content()
    for said in (
        "CRITICAL  payouts: payouts not explained: 1 of EUR 2.50",
        "owner    finance",
        "runbook  docs/runbooks/",
    ):
        assert said in text
    assert "page     https://churniq.example.com/data_health" in text
    assert (
        'churniq sql "select feed, last_day_rows, usual_day_rows from ops.feed_health where is_volume_unusual"' in text
    )
    (chat,) = [json.loads(body) for path, _, body in webhook.requests if path == "/chat"]
    assert "data &lt;team&gt;" in chat["text"], "markup of the chat is escaped"
    (hook,) = [(headers, body) for path, headers, body in webhook.requests if path == "/hook"]
    at, proof = (part.split("=")[1] for part in hook[0][SIGNATURE].split(","))
    assert proof == hmac.new(b"of the test", f"{at}.".encode() + hook[1], hashlib.sha256).hexdigest()
    assert [alert["rule"] for alert in json.loads(hook[1])["alerts"]] == ["payouts", "hidden", "volume"]


def test_links_lead_to_where_the_dashboards_are(
    ruled: Settings, environment: dict[str, str], mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules that came with the product said port 8501, wherever the dashboards ran."""
    (ruled.home / "alerts.yml").write_text(RULES.replace("dashboards: https://churniq.example.com\n", ""))
    monkeypatch.setenv("CHURNIQ_DASHBOARDS", "http://127.0.0.1:9000")
    run(Settings(), environment)
    assert "page     http://127.0.0.1:9000/data_health" in mail_server.mails[0].get_content()
    assert "http" not in SHIPPED.read_text()


def test_what_was_told_is_not_told_again_until_its_interval_is_over(
    ruled: Settings, environment: dict[str, str]
) -> None:
    """A rule that fired in every run sent three hundred mails over a weekend, and everybody filtered them away."""
    run(ruled, environment)
    assert run(ruled, environment, NOW + timedelta(minutes=5)) == ["alert hook: hidden"]
    tomorrow = run(ruled, environment, NOW + timedelta(hours=25))
    assert "alert mail: volume, payouts, late" in tomorrow
    assert "digest mail: volume, payouts, late" in tomorrow
    assert not any(one.startswith("digest") for one in run(ruled, environment, NOW + timedelta(hours=26)))


def test_a_message_that_did_not_arrive_is_tried_again_and_told_to_the_others(
    ruled: Settings, environment: dict[str, str], webhook: WebhookServer, mail_server: MailServer
) -> None:
    """A failure sensor itself failed for weeks, unseen."""
    webhook.status = 500
    run(ruled, environment)
    failed = [one for one in deliveries(ruled.home) if not one.delivered]
    assert {one.target: one.error for one in failed} == dict.fromkeys(["chat", "hook"], "the webhook answered 500")
    assert run(ruled, environment, NOW + timedelta(minutes=5))[0] == "alert mail: undelivered"
    assert "chat (the webhook answered 500)" in mail_server.mails[-1].get_content()
    webhook.status = 200
    assert "alert chat: volume, payouts, undelivered" in run(ruled, environment, NOW + timedelta(minutes=10))
    evaluation, _ = run_alerts(ruled, trigger="command", now=NOW + timedelta(minutes=15), environment=environment)
    assert not evaluation.verdicts[-1].fired


def test_a_redirect_is_not_followed(ruled: Settings, environment: dict[str, str], webhook: WebhookServer) -> None:
    """A message with a customer's trouble went to wherever an address pointed."""
    webhook.status = 302
    run(ruled, environment)
    assert all(not one.delivered for one in deliveries(ruled.home) if one.kind != "mail")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CHURNIQ_ALERTS_SMTP", "mail.example.com", "smtp+starttls://"),
        ("CHURNIQ_ALERTS_SMTP", "smtp://user:topsecret@mail.example.com", "unencrypted"),
        ("CHURNIQ_ALERTS_SMTP", "smtp://user:topsecret@127.0.0.1:1", "could not be used"),
        ("CHURNIQ_ALERTS_MAIL_TO", "a@example.com\nBcc: b@example.com", "could not be used"),
        ("CHURNIQ_ALERTS_WEBHOOK_URL", "http://hooks.example.com/topsecret", "not https"),
        ("CHURNIQ_ALERTS_WEBHOOK_URL", "http://127.0.0.1:1/topsecret", "could not be reached"),
        ("CHURNIQ_ALERTS_WEBHOOK_URL", "file:///topsecret", "not https"),
    ],
)
def test_a_target_that_cannot_be_used_says_why_and_no_secret(
    ruled: Settings, environment: dict[str, str], variable: str, value: str, said: str
) -> None:
    sent = try_targets(ruled, None, environment | {variable: value})
    (failed,) = [one for one in sent if not one.delivered]
    assert said in failed.error
    assert "topsecret" not in deliveries_file(ruled.home).read_text()


def test_a_test_message_counts_for_going_live(ruled: Settings, environment: dict[str, str]) -> None:
    def is_met() -> bool:
        return next(one.passed for one in go_live(ruled, datetime.now(UTC)) if one.check == "alert delivered")

    assert not is_met()
    assert [one.delivered for one in try_targets(ruled, "mail", environment)] == [True]
    assert is_met()
    with pytest.raises(UserError, match="CHURNIQ_ALERTS_SLACK_URL"):
        try_targets(ruled, None, {})
    with pytest.raises(UserError, match="no target 'phone'"):
        try_targets(ruled, "phone", environment)


def test_every_run_is_on_record_and_those_of_the_schedule_when_they_differ(ruled: Settings) -> None:
    for minutes, trigger in ((0, "build"), (5, "schedule"), (10, "command"), (75, "schedule"), (90, "schedule")):
        run(ruled, {}, NOW + timedelta(minutes=minutes), trigger)
    assert [one.trigger for one in evaluations(ruled.home)] == ["build", "command", "schedule"]
    assert [one.rule for one in evaluations(ruled.home)[0].verdicts if one.fired] == ["volume", "payouts", "hidden"]


def test_a_torn_line_is_left_out_and_a_broken_one_named(ruled: Settings, environment: dict[str, str]) -> None:
    """A kill while a delivery was written down must not stop the alerts for ever."""
    try_targets(ruled, "mail", environment)
    with deliveries_file(ruled.home).open("ab") as stream:
        stream.write(b'{"at": "2026-')
    assert len(deliveries(ruled.home)) == 1
    try_targets(ruled, "mail", environment)
    assert len(deliveries(ruled.home)) == 2
    deliveries_file(ruled.home).write_bytes(b"{broken}\n")
    with pytest.raises(UserError, match="line 1"):
        deliveries(ruled.home)


def test_rules_that_are_wrong_stop_no_build(ruled: Settings, caplog: pytest.LogCaptureFixture) -> None:
    (ruled.home / "alerts.yml").write_text("rules: 3")
    run_alerts_quietly(ruled, trigger="build")


def test_an_empty_environment_has_nothing_to_tell(settings: Settings, tmp_path: Path) -> None:
    evaluation, sent = run_alerts(settings, trigger="command", now=NOW, environment={})
    assert not sent
    assert [one.rule for one in evaluation.verdicts if one.fired] == []
