"""What came of each payload, as the tables of the documentation write it.

Belongs here: canonical rows as short texts. Does not belong here: payloads, expectations.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sources.delivering import Inbox

_OF = {"ch": "charge", "pi": "intent", "in": "invoice"}


def texts_by_row(inbox: Inbox) -> dict[int, list[tuple[str, str]]]:
    """For each row of the only delivery the texts of what it became, with their order."""
    texts: dict[int, list[tuple[str, str]]] = {}
    for feed, text in (("subscription_events", _of_subscription), ("payment_events", _of_payment)):
        for row in inbox.rows(feed, "*"):
            order = f"{row['occurred_at']}{row['event_id']}"
            texts.setdefault(row["source_row"], []).append((order, text(row)))
    for number, reason in inbox.rejections():
        texts.setdefault(number, []).append(("0", f"rejected: {reason}"))
    return texts


def _of_subscription(row: dict[str, Any]) -> str:
    text = f"{row['occurred_at']:%m-%d} {row['event_type']}"
    if "billing_interval" not in row and "price_unknown" not in row:
        return f"{text} ({row['end_reason']})" if "end_reason" in row else text
    text += f" {_money(row['amount'])}" if "amount" in row else " ?"
    if row.get("discount_amount"):
        text += f" - {_money(row['discount_amount'])}"
        text += f" until {row['discount_ends_at']:%m-%d}" if "discount_ends_at" in row else ""
    if row.get("currency") != "USD":
        text += f" {row.get('currency')}"
    interval = f"{row.get('billing_interval_count', 1)} {row.get('billing_interval', 'month')}"
    return text if interval == "1 month" else f"{text} per {interval}"


def _of_payment(row: dict[str, Any]) -> str:
    text = f"{row['occurred_at']:%m-%d} {row['event_type']} {_money(row['amount'])}"
    if row["currency"] != "USD":
        text += f" {row['currency']}"
    if "tax_amount" in row:
        text += f" with tax {_money(row['tax_amount'])}"
    if "product_kind" in row:
        text += f" ({row['product_kind']})"
    if "original_transaction_id" in row:
        text += f" of {_OF[row['original_transaction_id'][:2]]}"
    return text


def _money(amount: Decimal) -> str:
    return f"{amount:.4f}".removesuffix("00") if f"{amount:.4f}".endswith("00") else f"{amount:.4f}"
