"""Looking at all rules once, and telling what fires to those who have not been told.

Belongs here: grouping, suppression, the digest, the record. Does not belong here: conditions, one
message (``targets``).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pipelines.alerts.conditions import Context, judge
from pipelines.alerts.journal import (
    AlertDelivery,
    Evaluation,
    deliveries,
    record_delivery,
    record_evaluation,
)
from pipelines.alerts.messages import Item, Message
from pipelines.alerts.rules import Rules, Target, read_rules
from pipelines.alerts.targets import NotDeliveredError, missing_variables, send
from pipelines.errors import UserError, full_disk_sentence
from pipelines.locks import waiting_for
from pipelines.readings.operation import look_at
from pipelines.settings import Settings

log = logging.getLogger("churniq")
_WAIT_SECONDS = 120


def run_alerts(
    settings: Settings, *, trigger: str, now: datetime | None = None, environment: Mapping[str, str] | None = None
) -> tuple[Evaluation, list[AlertDelivery]]:
    """Judge every rule, record it, and send what is due; gives both. Raises ``UserError`` for rules that are wrong."""
    variables = os.environ if environment is None else environment
    with waiting_for(settings.locks / "alerts.lock", holder="Another run of the alerts", seconds=_WAIT_SECONDS):
        rules, known = read_rules(settings), deliveries(settings.home)
        look = look_at(settings, now)
        context = Context(settings, look, known)
        evaluation = Evaluation(_text(look.now), trigger, [judge(rule, context) for rule in rules.rules])
        record_evaluation(settings.home, evaluation)
        sent = []
        for name, target in configured(rules, variables).items():
            for purpose, items in (
                ("alert", _due(rules, evaluation, known, name, look.now)),
                ("digest", _digest(rules, evaluation, known, name, look.now)),
            ):
                if items:
                    message = Message(
                        settings.env, evaluation.at, purpose, rules.dashboards or settings.dashboards, items
                    )
                    sent.append(_deliver(settings, name, target, message, variables))
        return evaluation, sent


def run_alerts_quietly(settings: Settings, *, trigger: str) -> None:
    """The same where alerts must not stop what they watch: a build, the monitor."""
    try:
        run_alerts(settings, trigger=trigger)
    except UserError as error:
        log.error("the alerts were not looked at: %s", error)  # noqa: TRY400 - the sentence says it all
    except Exception as error:
        if sentence := full_disk_sentence(error):
            log.error("the alerts were not looked at: %s", sentence)  # noqa: TRY400 - the sentence says it all
        else:
            log.exception("the alerts were not looked at")


def try_targets(
    settings: Settings, only: str | None, environment: Mapping[str, str] | None = None
) -> list[AlertDelivery]:
    """Send a test to every configured target, or to one; raises ``UserError`` where there is none."""
    variables = os.environ if environment is None else environment
    rules = read_rules(settings)
    if only is not None and only not in rules.targets:
        raise UserError(f"There is no target {only!r}: choose one of {', '.join(rules.targets) or 'none'}.")
    chosen = {name: target for name, target in configured(rules, variables).items() if only in {None, name}}
    if not chosen:
        named = {name: missing_variables(target, variables) for name, target in rules.targets.items()}
        wanted = "; ".join(f"{name}: {', '.join(names)}" for name, names in named.items() if only in {None, name})
        raise UserError(f"No target is configured: set these variables of the environment ({wanted}).")
    message = Message(settings.env, _text(datetime.now(UTC)), "test", rules.dashboards or settings.dashboards)
    return [_deliver(settings, name, target, message, variables) for name, target in chosen.items()]


def configured(rules: Rules, environment: Mapping[str, str]) -> dict[str, Target]:
    """The targets whose variables are set."""
    return {name: target for name, target in rules.targets.items() if not missing_variables(target, environment)}


def _due(rules: Rules, evaluation: Evaluation, known: list[AlertDelivery], target: str, now: datetime) -> list[Item]:
    """What fires and goes to a target, except what has arrived there within its interval."""
    arrived = {
        rule: delivery.instant
        for delivery in known
        if delivery.target == target and delivery.delivered and delivery.purpose == "alert"
        for rule in delivery.rules
    }
    items = _fired(rules, evaluation, target)
    return [
        item
        for item in items
        if not item.rule.digest_only
        and (
            item.rule.name not in arrived or now - arrived[item.rule.name] >= timedelta(hours=item.rule.suppress_hours)
        )
    ]


def _digest(rules: Rules, evaluation: Evaluation, known: list[AlertDelivery], target: str, now: datetime) -> list[Item]:
    """Everything that fires for a target, once an interval; nothing where nothing fires."""
    if not rules.digest_hours:
        return []
    sent = [one.instant for one in known if one.target == target and one.delivered and one.purpose == "digest"]
    if sent and now - max(sent) < timedelta(hours=rules.digest_hours):
        return []
    items = _fired(rules, evaluation, target)
    # On the first day everything has just been told.
    return (
        items if sent or any(item.rule.digest_only for item in items) or _told_before(known, target, now, rules) else []
    )


def _told_before(known: list[AlertDelivery], target: str, now: datetime, rules: Rules) -> bool:
    """Whether a target got its first alert at least an interval ago."""
    first = [one.instant for one in known if one.target == target and one.delivered]
    return bool(first) and now - min(first) >= timedelta(hours=rules.digest_hours)


def _fired(rules: Rules, evaluation: Evaluation, target: str) -> list[Item]:
    return [
        Item(rule, verdict)
        for rule, verdict in zip(rules.rules, evaluation.verdicts, strict=True)
        if verdict.fired and (not rule.targets or target in rule.targets)
    ]


def _deliver(
    settings: Settings, name: str, target: Target, message: Message, environment: Mapping[str, str]
) -> AlertDelivery:
    error = ""
    try:
        send(target, message, environment)
    except NotDeliveredError as failure:
        error = str(failure)
        log.error("the %s to %s did not arrive: %s", message.purpose, name, error)  # noqa: TRY400
    rules = [item.rule.name for item in message.items]
    delivery = AlertDelivery(message.at, name, target.kind, message.purpose, rules, not error, error)
    record_delivery(settings.home, delivery)
    return delivery


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
