"""What came of each case, in the words of the truth tables.

Belongs here: the words, and reading the tables. Does not belong here: any sender's cases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.sources.delivering import Inbox, Row

TABLES = Path(__file__).parents[3] / "docs" / "senders"
Payload = Mapping[str, Any]


def truth_of(sender: str) -> dict[str, str]:
    """What a sender's table says of each case: the first and the last cell of the rows whose first cell is code."""
    cells = [line.strip("| \n").split(" | ") for line in (TABLES / f"{sender}.md").read_text().splitlines()]
    return {row[0].strip("`"): row[-1].strip() for row in cells if len(row) > 2 and row[0].startswith("`")}


def outcome(inbox: Inbox, sender: str, cases: Mapping[str, Sequence[Payload]]) -> dict[str, str]:
    """Deliver all cases at once; what came of the payloads of each, in the tables' words."""
    lines = [(name, payload) for name, payloads in cases.items() for payload in payloads]
    inbox.deliver_text(sender, "".join(json.dumps(payload) + "\n" for _, payload in lines), "payloads.jsonl")
    found: dict[str, list[str]] = {name: [] for name in cases}

    def add(row_number: int, words: str) -> None:
        found[lines[row_number - 1][0]].append(words)

    for row in inbox.rows("subscription_events", "*", order_by="occurred_at, recorded_at, event_id"):
        add(row["source_row"], _event(row))
    for row in inbox.rows("payment_events", "*", order_by="occurred_at, event_id"):
        add(row["source_row"], f"{row['event_type']} {_money(row['amount'])}")
    for row_number, reason in inbox.rejections():
        add(row_number, f"rejected {reason}")
    others = {row["source_row"] for row in inbox.rows("other_events", "source_row")}
    for row_number in sorted(others):
        if not found[lines[row_number - 1][0]]:
            add(row_number, "other")
    return {name: ", ".join(words) for name, words in found.items()}


def _event(row: Row) -> str:
    words = [row["event_type"]]
    if "amount" in row:
        count = row["billing_interval_count"]
        words.append(f"{_money(row['amount'])} a {f'{count} ' if count > 1 else ''}{row['billing_interval']}")
    if row["discount_amount"]:
        words.append(f"less {_money(row['discount_amount'])}")
    if "end_reason" in row:
        words.append(f"({row['end_reason']})")
    if "replaces_subscription_id" in row:
        words.append("replacing")
    return " ".join(words)


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
