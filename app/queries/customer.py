"""Everything that is known of one customer.

Belongs here: rows of any public table of one customer id.
Does not belong here: lists of customers (``app.queries.core``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from app.queries.rows import Rows, select
from app.queries.snapshot import tables
from pipelines.readings.rates import share_of_days


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
    "tickets": """
        select 'Contacts' as lane, opened_at as occurred_at, cast(1 as double) as weight,
            concat_ws(', ', nullif(topic, 'unknown'), channel, 'rated ' || csat) as detail
        from care.fct_support_contacts where customer_id = $id
    """,
    "payments": """
        select case when event_type = 'failed' then 'Failed payments' else 'Payments' end as lane, occurred_at,
            cast(1 as double) as weight, concat_ws(
                ' ', replace(event_type, '_', ' '), printf('%.2f', cast(amount as double)), currency, failure_code)
                as detail
        from core.fct_transactions where customer_id = $id
    """,
    "campaigns": """
        select 'Campaigns' as lane, assigned_at as occurred_at, cast(1 as double) as weight,
            concat_ws(', ', campaign, replace(arm, '_', ' ')) as detail
        from activation.fct_campaign_assignments where customer_id = $id
    """,
    "viewing": f"""
        select 'Viewing' as lane, cast(feature_date as timestamp) as occurred_at,
            {share_of_days("active_days_28", 28)} as weight,
            concat(coalesce(active_days_28, 0), ' of the 28 days before') as detail
        from features.fct_customer_features
        where customer_id = $id and exists (from features.fct_customer_features where active_days_28 > 0)
    """,
    "purchases": "select * from scoring.fct_purchase_values where customer_id = $id",
    "scores": "select * from scoring.fct_churn_scores where customer_id = $id",
}


# What stands on the time axis beside the subscriptions, and the table that each needs.
_ON_THE_AXIS = {
    "payments": "core.fct_transactions",
    "tickets": "care.fct_support_contacts",
    "campaigns": "activation.fct_campaign_assignments",
    "viewing": "features.fct_customer_features",
}


def access_now(file: str, customer_id: str, as_of: datetime) -> pl.DataFrame:
    """What the customer may watch at an instant: offer_id, kind, granted_by, valid_to; the longest last."""
    return select(
        file,
        """
        select offer_id, kind, granted_by, valid_from, valid_to from core.fct_entitlements
        where customer_id = $id and valid_from <= $instant and (valid_to is null or valid_to > $instant)
        order by valid_to nulls last, offer_id
        """,
        (("id", customer_id), ("instant", as_of)),
    )


def events(file: str, customer_id: str) -> pl.DataFrame:
    """lane, occurred_at, weight, detail of what happened beside the subscriptions, as far as the snapshot knows."""
    known = tables(file)
    found = [
        select(file, _OF_CUSTOMER[what], (("id", customer_id),))
        for what, table in _ON_THE_AXIS.items()
        if table in known
    ]
    return pl.concat(found, how="vertical_relaxed").sort("occurred_at")


def find(file: str, wanted: str) -> list[str]:
    """The customers whom a transaction, a payment, a subscription or a ticket belongs to, by its exact id."""
    found = select(
        file,
        """
        select customer_id from core.fct_transactions
        where $id in (transaction_id, original_transaction_id, event_id, subscription_id)
        union select customer_id from core.fct_subscriptions where subscription_id = $id
        """,
        (("id", wanted),),
    )
    if "care.fct_support_contacts" in tables(file):
        of_ticket = "select customer_id from care.fct_support_contacts where ticket_id = $id"
        found = pl.concat([found, select(file, of_ticket, (("id", wanted),))])
    people: list[str] = found["customer_id"].unique().sort().to_list()
    return people


def of_customer(what: str, customer_id: str) -> Rows:
    """What is known of a customer: subscriptions, spans, movements, transactions, entitlements, anomalies, scores."""
    return Rows(_OF_CUSTOMER[what], (("id", customer_id),))
