"""A message as each kind of target takes it: text for mail and chat, JSON for programs.

Belongs here: wording and layout. Does not belong here: sending (``targets``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.alerts.journal import Verdict
from pipelines.alerts.rules import Rule
from pipelines.settings import Environment

_ORDER = {"critical": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Item:
    """A rule and what was found."""

    rule: Rule
    verdict: Verdict


@dataclass(frozen=True)
class Message:
    """What is told at once: the rules that fire, the worst first."""

    environment: Environment
    at: str
    purpose: str
    dashboards: str
    items: Sequence[Item] = field(default_factory=tuple)

    @property
    def subject(self) -> str:
        """One line."""
        if self.purpose == "test":
            return f"[ChurnIQ {self.environment}] a test: alerts arrive here"
        names = ", ".join(item.rule.name for item in self._sorted)
        word = "daily summary" if self.purpose == "digest" else "alert" if len(self.items) == 1 else "alerts"
        return f"[ChurnIQ {self.environment}] {word}: {names or 'nothing fires'}"[:200]

    @property
    def text(self) -> str:
        """The message for people."""
        lines = [self.subject, ""]
        for item in self._sorted:
            rule, verdict = item.rule, item.verdict
            lines += [f"{rule.severity.upper()}  {rule.name}: {verdict.found}", f"  owner    {rule.owner}"]
            if verdict.page:
                lines.append(f"  page     {self._link(verdict.page)}")
            if verdict.rows:
                command = (
                    verdict.rows if verdict.rows.startswith("churniq ") else f'churniq sql "{_one_line(verdict.rows)}"'
                )
                lines.append(f"  rows     {command}")
            lines += [f"  runbook  {rule.runbook}", ""]
        return "\n".join([*lines, f"Found at {self.at}. Every rule and each of its runs: {self._link('alerts')}", ""])

    @property
    def json(self) -> dict[str, Any]:
        """The message for programs."""
        return {
            "environment": self.environment,
            "at": self.at,
            "purpose": self.purpose,
            "alerts": [
                {
                    "rule": item.rule.name,
                    "kind": item.rule.kind,
                    "severity": item.rule.severity,
                    "owner": item.rule.owner,
                    "runbook": item.rule.runbook,
                    "found": item.verdict.found,
                    "page": self._link(item.verdict.page) if item.verdict.page else None,
                    "rows": _one_line(item.verdict.rows) or None,
                }
                for item in self._sorted
            ],
        }

    @property
    def _sorted(self) -> list[Item]:
        return sorted(self.items, key=lambda item: (_ORDER[item.rule.severity], item.rule.owner, item.rule.name))

    def _link(self, page: str) -> str:
        return f"{self.dashboards.rstrip('/')}/{page}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
