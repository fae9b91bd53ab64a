"""The overview as a letter: HTML that mail programs show, and Markdown.

Belongs here: laying out facts. Does not belong here: the facts (``pipelines.readings.overview``), sending.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import urlencode

from pipelines.readings.insights import Facts, Link
from pipelines.readings.words import money

_NUMBERS = (
    ("mrr", "MRR", "money"),
    ("paying_customers", "Paying customers", "count"),
    ("active_subscriptions", "Paying subscriptions", "count"),
    ("churn", "Customer churn", "share"),
    ("gross_churn", "Gross MRR churn", "share"),
    ("net_churn", "Net MRR churn", "share"),
    ("trials", "Trials running", "count"),
    ("overdue_mrr", "MRR past its paid period", "money"),
    ("mrr_at_high_risk", "MRR at high risk", "money"),
    ("renewals_mrr", "MRR due within 30 days", "money"),
    ("known_losses_mrr", "Of it set to cancel", "money"),
)
_CELL = "padding:8px 12px;border:1px solid #dde4eb;text-align:left"


def as_markdown(facts: Facts, address: str | None) -> str:
    """The letter as Markdown; links are whole where the ``address`` of the dashboards is known."""
    lines = [f"# ChurnIQ, as of {facts.as_of}", "", "| | |", "|---|---|"]
    lines += [f"| {label} | {_written(facts, name, kind)} |" for name, label, kind in _NUMBERS]
    lines += ["", "## What changed", ""]
    lines += [_plain(facts.caution), ""] if facts.caution else []
    lines += [
        f"- {'**Unusual.** ' if each.is_news else ''}{_plain(each.sentence)}{_markdown_link(each.link, address)}"
        for each in facts.insights
    ] or ["Two complete months are needed to say what changed."]
    lines += ["", "## Worth acting on", ""]
    lines += [
        f"- **{_plain(act.title)}**: {act.customers:,d} customers with {money(act.mrr, facts.currency)} a month. "
        f"{_plain(act.why)}{_markdown_link(act.link, address)}"
        for act in facts.acts
    ] or ["No segment holds anybody with something to lose."]
    return "\n".join(lines) + "\n"


def as_html(facts: Facts, address: str | None) -> str:
    """The letter as one HTML file: no script, no style sheet, no picture, nothing fetched."""
    rows = "".join(
        f'<tr><th scope="row" style="{_CELL};font-weight:normal">{escape(label)}</th>'
        f'<td style="{_CELL};font-weight:bold">{escape(_written(facts, name, kind))}</td></tr>'
        for name, label, kind in _NUMBERS
    )
    changed = "".join(
        f"<li>{'<strong>Unusual.</strong> ' if each.is_news else ''}{escape(each.sentence)}"
        f"{_html_link(each.link, address)}</li>"
        for each in facts.insights
    )
    acts = "".join(
        f"<li><strong>{escape(act.title)}</strong>: {act.customers:,d} customers with "
        f"{escape(money(act.mrr, facts.currency))} a month. {escape(act.why)}{_html_link(act.link, address)}</li>"
        for act in facts.acts
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>ChurnIQ</title></head>'
        '<body style="font-family:Arial,sans-serif;color:#08111a;max-width:640px;margin:24px auto;line-height:1.5">'
        f'<h1 style="font-size:22px">ChurnIQ, as of {escape(facts.as_of)}</h1>'
        f'<table style="border-collapse:collapse">{rows}</table>'
        f'<h2 style="font-size:18px">What changed</h2>'
        f"{f'<p>{escape(facts.caution)}</p>' if facts.caution else ''}"
        f"{f'<ul>{changed}</ul>' if changed else '<p>Two complete months are needed to say what changed.</p>'}"
        f'<h2 style="font-size:18px">Worth acting on</h2>'
        f"{f'<ul>{acts}</ul>' if acts else '<p>No segment holds anybody with something to lose.</p>'}"
        "</body></html>\n"
    )


def _written(facts: Facts, name: str, kind: str) -> str:
    value: Any = facts.numbers.get(name)
    if value is None:
        return "\N{EN DASH}"
    match kind:
        case "money":
            return money(value, facts.currency)
        case "share":
            # A share that rounds to nothing has no sign.
            return f"{round(float(value), 3) + 0.0:.1%}" + (f" ({facts.month:%b %Y})" if facts.month else "")
        case _:
            return f"{int(value):,d}"


def _target(link: Link, address: str | None) -> str | None:
    return f"{address.rstrip('/')}/{link.page}?{urlencode(link.query)}" if address else None


def _markdown_link(link: Link, address: str | None) -> str:
    target = _target(link, address)
    return f" [Show it]({target})" if target else ""


def _html_link(link: Link, address: str | None) -> str:
    target = _target(link, address)
    return f' <a href="{escape(target, quote=True)}">Show it</a>' if target else ""


def _plain(text: str) -> str:
    """Text of sources as it is, whatever signs it has."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
