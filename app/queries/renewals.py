"""What is about to renew, to end or to convert.

Belongs here: subscriptions set to cancel. Does not belong here: trials and what is due, which are metrics
(``app.queries.metrics``), what has churned (``app.queries.churn``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, select


def set_to_cancel(file: str) -> pl.DataFrame:
    """Subscriptions set to cancel by day, and how they came and went, as published."""
    return select(file, "select * from retention.fct_set_to_cancel_daily order by close_date")


def set_to_cancel_subscriptions() -> Rows:
    """The live subscriptions whose auto-renewal is off at the as-of instant, the next to end first."""
    return Rows(
        """
        select subscription_id, customer_id, status, mrr, offer_id, provider, period_end
        from core.fct_subscriptions where status <> 'ended' and not auto_renew
        order by period_end, subscription_id
        """
    )
