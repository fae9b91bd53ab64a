"""The overview of a snapshot: headline numbers, what changed, and the segments worth acting on.

One gathering for the page, the command and the letter, so that they say the same.

Belongs here: asking the snapshot. Does not belong here: sentences (``insights``), how it is laid out.
"""

from __future__ import annotations

from typing import Any

import duckdb

from pipelines.activation.reading import reader_of
from pipelines.activation.store import find_segment, segment_names
from pipelines.errors import UserError
from pipelines.readings import words
from pipelines.readings.insights import Act, Facts, Link, asker, caution, what_changed
from pipelines.settings import Settings

_ACTS = 3
_MRR = "select sum(current_mrr) from core.dim_customers"
_OVERDUE_MRR = "select coalesce(sum(mrr), 0) from retention.fct_overdue_subscriptions"
_NUMBERS = {
    "mrr": _MRR,
    "paying_customers": "select count(*) filter (current_mrr > 0) from core.dim_customers",
    "active_subscriptions": "select count(*) filter (mrr > 0) from core.fct_subscriptions",
    "trials": "select count(*) filter (status = 'trial') from core.fct_subscriptions",
    "overdue_subscriptions": "select count(*) from retention.fct_overdue_subscriptions",
    "overdue_mrr": _OVERDUE_MRR,
    "high_risk_customers": "select count(*) filter (risk_band = 'high') from scoring.fct_churn_scores",
    "mrr_at_high_risk": "select coalesce(sum(current_mrr) filter (risk_band = 'high'), 0) "
    "from scoring.fct_churn_scores join core.dim_customers using (customer_id)",
    "renewals_mrr": "select coalesce(sum(due_mrr), 0) from retention.fct_renewals_calendar, ops.build_info "
    "where due_date < as_of_date + 30",
    "renewals": "select coalesce(sum(due_subscriptions), 0) from retention.fct_renewals_calendar, ops.build_info "
    "where due_date < as_of_date + 30",
    "known_losses_mrr": "select coalesce(sum(set_to_cancel_mrr), 0) from retention.fct_renewals_calendar, "
    "ops.build_info where due_date < as_of_date + 30",
    "known_losses": "select coalesce(sum(set_to_cancel_subscriptions), 0) from retention.fct_renewals_calendar, "
    "ops.build_info where due_date < as_of_date + 30",
}


def gather(settings: Settings, connection: duckdb.DuckDBPyConnection) -> Facts:
    """Everything an overview says; what an older snapshot cannot tell is None or left out."""
    as_of, currency = connection.execute("select as_of, reporting_currency from ops.build_info").fetchall()[0]
    months = connection.execute(
        "select month, customer_churn_rate, gross_mrr_churn_rate, net_mrr_churn_rate, churned_customers, "
        "voluntary_churned_customers, involuntary_churned_customers, opening_customers "
        "from revenue.fct_mrr_monthly where is_complete order by month"
    ).fetchall()
    titles = dict(connection.execute("select offer_id, title from core.dim_offers where title is not null").fetchall())
    numbers = {name: _number(connection, query) for name, query in _NUMBERS.items()}
    if months:
        columns = ("month", "churn", "gross_churn", "net_churn", "churned", "voluntary", "involuntary", "opening")
        numbers |= dict(zip(columns, months[-1], strict=True))
    insights = []
    if _has(connection, "revenue.fct_mrr_movements_by_dimension"):
        insights = what_changed(asker(connection), [row[0] for row in months], currency, titles)
    return Facts(
        f"{as_of:%Y-%m-%d %H:%M} UTC",
        currency,
        months[-1][0] if months else None,
        numbers,
        insights,
        _acts(settings, connection, currency),
        caution(numbers["mrr"], numbers["overdue_mrr"], currency),
    )


def still_to_come(connection: duckdb.DuckDBPyConnection, currency: str) -> str | None:
    """What has to be said of the newest months' churn, if anything."""
    return caution(_number(connection, _MRR), _number(connection, _OVERDUE_MRR), currency)


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    try:
        return connection.execute(query).fetchall()[0][0]
    except (duckdb.CatalogException, duckdb.BinderException):
        return None


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    schema, name = table.split(".")
    found = connection.execute(
        "select 1 from information_schema.tables where table_schema = $1 and table_name = $2", [schema, name]
    ).fetchall()
    return bool(found)


def _acts(settings: Settings, connection: duckdb.DuckDBPyConnection, currency: str) -> list[Act]:
    """The saved segments by what is expected to be lost of them, those with something to lose."""
    if not _has(connection, "activation.dim_customer_attributes") or not _has(connection, "ops.glossary"):
        return []
    reader = reader_of(connection)
    found = []
    for name in segment_names(settings):
        try:
            document = find_segment(settings, name).document
            size = reader.size(document)
        except UserError:
            # It asks for an attribute that this snapshot does not have.
            continue
        if size.customers and size.expected_loss:
            why = f"{document.description} Value expected to be lost: {words.money(size.expected_loss, currency)}."
            act = Act(document.name, size.customers, float(size.mrr), why, Link("segments", {"segment": name}))
            found.append((size.expected_loss, act))
    found.sort(key=lambda each: (-each[0], each[1].title))
    return [act for _, act in found[:_ACTS]]
