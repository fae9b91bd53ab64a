"""Everything that is known of one customer.

Belongs here: rows of any public table of one customer id.
Does not belong here: lists of customers (``app.queries.core``).
"""

from __future__ import annotations

from typing import Any

from app.queries.rows import Rows, select


def customer(file: str, customer_id: str) -> dict[str, Any] | None:
    """The row of a customer, or None."""
    rows = select(file, "select * from core.dim_customers where customer_id = $id", (("id", customer_id),))
    return rows.row(0, named=True) if rows.height else None


_OF_CUSTOMER = {
    "subscriptions": """
        select subscription_id, status, mrr, auto_renew, offer_id, billing_interval_count, billing_interval, currency,
            started_at, period_end, ended_at, churn_kind, churn_rule
        from core.fct_subscriptions where customer_id = $id order by started_at, subscription_id
    """,
    "spans": """
        select subscription_id, valid_from, valid_to, status, auto_renew, offer_id, mrr
        from core.fct_subscription_periods where customer_id = $id order by subscription_id, valid_from
    """,
    "movements": """
        select movement_date, movement_type, mrr_change, mrr_before, mrr_after, churn_kind, churn_rule,
            churned_subscription_id
        from revenue.fct_mrr_movements where customer_id = $id order by movement_date
    """,
    "transactions": """
        select occurred_at, event_type, transaction_id, amount, currency, tax_amount, revenue_reporting, product_kind,
            offer_id, provider, payment_method, failure_code
        from core.fct_transactions where customer_id = $id order by occurred_at, event_id
    """,
    "entitlements": """
        select valid_from, valid_to, kind, offer_id, granted_by
        from core.fct_entitlements where customer_id = $id order by valid_from, kind
    """,
    "anomalies": """
        select occurred_at, recorded_at, event_type, subscription_id, anomaly, event_id
        from ops.sequence_anomalies where customer_id = $id order by occurred_at, event_id
    """,
    "scores": "select * from scoring.fct_churn_scores where customer_id = $id",
}


def of_customer(what: str, customer_id: str) -> Rows:
    """What is known of a customer: subscriptions, spans, movements, transactions, entitlements, anomalies, scores."""
    return Rows(_OF_CUSTOMER[what], (("id", customer_id),))
