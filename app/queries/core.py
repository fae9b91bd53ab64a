"""The core tables, searched and filtered.

Belongs here: customers, subscriptions, offers and transactions as lists.
Does not belong here: one customer (``app.queries.customer``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, select


def customers(search: str, status: str | None) -> Rows:
    """Customers by id; ``search`` looks into the id, masked e-mail, country and acquisition."""
    return Rows(
        """
        select customer_id, status, current_mrr, lifetime_revenue, first_paid_date, registered_at, country,
            live_subscriptions, returns, email_masked, locale, marketing_consent, acquisition_channel,
            acquisition_campaign
        from core.dim_customers
        where ($status is null or status = $status) and contains(
            lower(concat_ws(' ', customer_id, email_masked, country, acquisition_channel, acquisition_campaign)),
            lower($search))
        order by customer_id
        """,
        (("status", status), ("search", search)),
    )


def subscriptions(search: str, status: str | None) -> Rows:
    """Subscriptions, the newest start first; ``search`` looks into ids, offer, channel and provider."""
    return Rows(
        """
        select subscription_id, customer_id, status, mrr, auto_renew, offer_id, billing_interval_count,
            billing_interval, currency, channel, provider, started_at, period_end, ended_at, churn_kind, churn_rule
        from core.fct_subscriptions
        where ($status is null or status = $status) and contains(
            lower(concat_ws(' ', subscription_id, customer_id, offer_id, channel, provider)), lower($search))
        order by started_at desc, subscription_id
        """,
        (("status", status), ("search", search)),
    )


def offers(search: str, kind: str | None) -> Rows:
    """Offers by id, with the customers who pay for each now; ``search`` looks into id and title."""
    return Rows(
        """
        select offers.*, coalesce(paying.subscriptions, 0) as paying_subscriptions, coalesce(paying.mrr, 0) as mrr
        from core.dim_offers as offers left join (
            select offer_id, count(*) as subscriptions, sum(mrr) as mrr
            from core.fct_subscriptions where mrr > 0 group by offer_id
        ) as paying using (offer_id)
        where ($kind is null or offer_kind = $kind) and contains(lower(concat_ws(' ', offer_id, title)), lower($search))
        order by offer_id
        """,
        (("kind", kind), ("search", search)),
    )


def transactions(search: str, event_type: str | None) -> Rows:
    """Payment events, the newest first; ``search`` looks into ids, provider, coupon and failure code."""
    return Rows(
        """
        select occurred_at, event_type, transaction_id, customer_id, amount, currency, tax_amount, fee_amount,
            amount_reporting, revenue_reporting, product_kind, subscription_id, offer_id, provider, payment_method,
            failure_code, attempt, original_transaction_id, country, channel, coupon_code, event_id
        from core.fct_transactions
        where ($type is null or event_type = $type) and contains(
            lower(concat_ws(' ', transaction_id, customer_id, subscription_id, offer_id, provider, payment_method,
                failure_code, coupon_code)), lower($search))
        order by occurred_at desc, event_id
        """,
        (("type", event_type), ("search", search)),
    )


_KINDS = {
    "customers": "select distinct status as kind from core.dim_customers order by kind",
    "subscriptions": "select distinct status as kind from core.fct_subscriptions order by kind",
    "offers": "select distinct offer_kind as kind from core.dim_offers order by kind",
    "transactions": "select distinct event_type as kind from core.fct_transactions order by kind",
}


def kinds(file: str, table: str) -> list[str]:
    """The values by which a core table is filtered: statuses, kinds of offer, types of payment event."""
    return select(file, _KINDS[table])["kind"].drop_nulls().to_list()


def customer_statuses(file: str) -> pl.DataFrame:
    """Customers and their MRR by status."""
    return select(
        file,
        "select status, count(*) as customers, sum(current_mrr) as mrr from core.dim_customers "
        "group by status order by customers desc, status",
    )
