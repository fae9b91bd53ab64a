"""The rules of alerts as people write them: one YAML, that of the environment or the one that is shipped.

Belongs here: reading and refusing it. Does not belong here: whether a rule fires (``conditions``), sending.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.readings.metrics import find_metric
from pipelines.settings import Settings

SHIPPED = Path(__file__).with_name("default.yml")
Variable = Annotated[str, Field(pattern=r"^CHURNIQ_[A-Z0-9_]+$")]
Severity = Literal["info", "warning", "critical"]
Kind = Literal[
    "freshness",
    "quarantine_share",
    "volume",
    "mix",
    "failed_check",
    "failed_build",
    "missing_build",
    "metric",
    "score_drift",
    "reconciliation",
    "low_disk",
    "undelivered",
]
_TAKES: dict[str, set[str]] = {
    "freshness": {"feed"},
    "quarantine_share": {"feed", "above", "days"},
    "volume": {"feed"},
    "mix": {"feed"},
    "failed_check": set(),
    "failed_build": set(),
    "missing_build": {"hours"},
    "metric": {"metric", "grain", "above", "below", "changed_by"},
    "score_drift": {"above"},
    "reconciliation": {"above", "days"},
    "low_disk": {"below"},
    "undelivered": {"hours"},
}
_PARAMETERS = set().union(*_TAKES.values())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mail(_Strict):
    """A mail server and who is written to; each field is the name of an environment variable."""

    kind: Literal["mail"]
    server: Variable
    sender: Variable
    to: Variable


class Slack(_Strict):
    """An incoming webhook as Slack, Mattermost and others have it."""

    kind: Literal["slack"]
    url: Variable


class Webhook(_Strict):
    """Any address that takes JSON; the body is signed where there is a secret."""

    kind: Literal["webhook"]
    url: Variable
    secret: Variable | None = None


Target = Annotated[Mail | Slack | Webhook, Field(discriminator="kind")]


class Rule(_Strict):
    """One rule: what it watches, whose it is, and how often it may speak."""

    name: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
    kind: Kind
    owner: str = Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
    runbook: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    severity: Severity = "warning"
    targets: tuple[str, ...] = ()
    """Where it is sent; everywhere that is configured unless said otherwise."""
    suppress_hours: float = Field(default=24, ge=0)
    """How long it is not sent again to where it has arrived."""
    digest_only: bool = False
    feed: str | None = None
    metric: str | None = None
    grain: Literal["day", "week", "month"] = "month"
    above: float | None = None
    below: float | None = None
    changed_by: float | None = Field(default=None, gt=0)
    hours: float = Field(default=26, gt=0)
    days: int = Field(default=7, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> Rule:
        given = self.model_fields_set & _PARAMETERS
        if wrong := given - _TAKES[self.kind]:
            takes = ", ".join(sorted(_TAKES[self.kind])) or "no parameter"
            raise ValueError(f"takes no {sorted(wrong)[0]}: the kind {self.kind} takes {takes}")
        if self.kind == "metric" and self.metric is None:
            raise ValueError("names no metric: churniq metrics lists them")
        if self.kind == "metric" and {self.above, self.below, self.changed_by} == {None}:
            raise ValueError("says neither above, below nor changed_by")
        if self.kind in {"quarantine_share", "score_drift", "reconciliation"} and self.above is None:
            raise ValueError("says not above what it fires")
        if self.kind == "low_disk" and self.below is None:
            raise ValueError("says not below which free share of the disk it fires")
        if self.feed is not None and self.kind in {"freshness", "volume", "mix"} and self.feed not in FEEDS:
            raise ValueError(f"watches {self.feed!r}, which is no feed: choose one of {', '.join(FEEDS)}")
        return self


class Rules(_Strict):
    """The document."""

    dashboards: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where links of messages begin, if elsewhere than the environment's dashboards."""
    targets: dict[str, Target] = Field(default_factory=dict)
    digest_hours: float = Field(default=24, ge=0)
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Rules:
        names = [rule.name for rule in self.rules]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ValueError(f"two rules have the name {twice[0]!r}")
        for rule in self.rules:
            if unknown := [name for name in rule.targets if name not in self.targets]:
                raise ValueError(f"the rule {rule.name!r} is sent to {unknown[0]!r}, which is no target")
        return self


def rules_file(settings: Settings) -> Path:
    """The file that is in force: the environment's own where it has one."""
    own = settings.home / "alerts.yml"
    return own if own.exists() else SHIPPED


def read_rules(settings: Settings) -> Rules:
    """The rules in force; raises ``UserError`` that names the rule and what is wrong with it."""
    file = rules_file(settings)
    try:
        document = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{file} is no YAML ({' '.join(str(error).split())}): correct it.") from error
    try:
        rules = Rules.model_validate(document)
    except ValidationError as error:
        problem = error.errors()[0]
        where = _where(problem["loc"], document)
        reason = problem["msg"].removeprefix("Value error, ")
        raise UserError(f"{file}: {where}{reason}. docs/runbooks/alerts.md says what each kind takes.") from error
    for rule in rules.rules:
        if rule.metric is not None:
            try:
                find_metric(rule.metric)
            except UserError as error:
                raise UserError(f"{file}: the rule {rule.name!r}: {error}") from error
    return rules


def _where(place: tuple[int | str, ...], document: object) -> str:
    """The part of the document that is wrong, a rule by its name."""
    words = [str(part) for part in place]
    if place[:1] == ("rules",) and len(place) > 1 and isinstance(place[1], int) and isinstance(document, dict):
        rule = document["rules"][place[1]]
        name = rule.get("name", place[1] + 1) if isinstance(rule, dict) else place[1] + 1
        words = [f"the rule {name!r}", *words[2:]]
    return f"{' '.join(words)}: " if words else ""
