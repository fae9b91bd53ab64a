"""The command alerts: which rules there are, looking at them now, and trying whether messages arrive.

Belongs here: its arguments and what it prints. Does not belong here: the work (``pipelines.alerts``).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from pipelines.cli.tables import print_table
from pipelines.errors import UserError
from pipelines.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipelines.alerts.journal import AlertDelivery


@click.group()
def alerts() -> None:
    """Rules that tell when something is wrong: late feeds, failed builds, numbers out of bounds."""


@alerts.command("list")
def list_rules() -> None:
    """List every rule: what it watches, whose it is, where it goes, and how its last run went."""
    from pipelines.alerts.journal import deliveries, evaluations
    from pipelines.alerts.rules import read_rules, rules_file
    from pipelines.alerts.targets import missing_variables

    settings = Settings()
    rules, known = read_rules(settings), evaluations(settings.home)
    click.echo(f"rules of {rules_file(settings)}")
    newest = {verdict.rule: verdict for verdict in known[-1].verdicts} if known else {}
    arrived = {rule: one.at for one in deliveries(settings.home) if one.delivered for rule in one.rules}
    rows = []
    for rule in rules.rules:
        verdict = newest.get(rule.name)
        state = "never looked at" if verdict is None else "FIRED" if verdict.fired else "quiet"
        to = ", ".join(rule.targets) or "all"
        rows.append((rule.name, rule.kind, rule.severity, rule.owner, to, state, arrived.get(rule.name, "")))
    print_table(["rule", "kind", "severity", "owner", "sent to", "last run", "last delivered"], rows)
    targets = []
    for name, target in rules.targets.items():
        missing = missing_variables(target, os.environ)
        targets.append((name, target.kind, f"not configured: {', '.join(missing)}" if missing else "configured"))
    print_table(["target", "kind", "state"], targets)


@alerts.command("run")
def run_now() -> None:
    """Look at every rule now and send what is due; exit 1 when a message did not arrive."""
    from pipelines.alerts.sending import run_alerts

    evaluation, sent = run_alerts(Settings().prepare(), trigger="command")
    verdicts = [(verdict.rule, "FIRED" if verdict.fired else "quiet", verdict.found) for verdict in evaluation.verdicts]
    print_table(["rule", "state", "found"], verdicts)
    _report(sent)


@alerts.command("test")
@click.option("--target", help="Only this one.")
def try_out(*, target: str | None) -> None:
    """Send a test message to every configured target; exit 1 unless all arrive."""
    from pipelines.alerts.sending import try_targets

    _report(try_targets(Settings().prepare(), target))


def _report(sent: Sequence[AlertDelivery]) -> None:
    for delivery in sent:
        outcome = "arrived" if delivery.delivered else f"DID NOT ARRIVE: {delivery.error}"
        click.echo(f"{delivery.purpose} to {delivery.target} ({delivery.kind}): {outcome}")
    if not sent:
        click.echo("nothing to send")
    failed = [delivery.target for delivery in sent if not delivery.delivered]
    if failed:
        raise UserError(f"{', '.join(failed)} could not be delivered to: docs/runbooks/alerts.md says what helps.")
