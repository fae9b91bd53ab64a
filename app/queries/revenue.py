"""MRR by month, its movements, churn by kind, and payments by month.

Belongs here: the schema ``revenue`` and sums of payments.
Does not belong here: cohorts and survival (``app.queries.retention``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def months(file: str) -> pl.DataFrame:
    """The months of the MRR series as published, oldest first."""
    return select(
        file,
        """
        select *, churned_customers - voluntary_churned_customers - involuntary_churned_customers
            as other_churned_customers
        from revenue.fct_mrr_monthly order by month
        """,
    )


def churn_evidence(file: str, month: date) -> pl.DataFrame:
    """Churn movements of a month by kind and by the rule that decided it."""
    return select(
        file,
        """
        select churn_kind, churn_rule, count(*) as movements, sum(mrr_change) as mrr_change
        from revenue.fct_mrr_movements
        where movement_type = 'churn' and movement_date >= $month and movement_date < $month + interval 1 month
        group by all order by movements desc, churn_kind, churn_rule
        """,
        (("month", month),),
    )


def movements(month: date, movement_type: str | None, search: str) -> Rows:
    """The movements of a month, largest first; of one type if given, of customers whose id contains ``search``."""
    return Rows(
        """
        select movement_date, customer_id, movement_type, mrr_change, mrr_before, mrr_after, churn_kind, churn_rule,
            churned_subscription_id
        from revenue.fct_mrr_movements
        where movement_date >= $month and movement_date < $month + interval 1 month
            and ($type is null or movement_type = $type) and contains(lower(customer_id), lower($search))
        order by abs(mrr_change) desc, movement_date, customer_id
        """,
        (("month", month), ("type", movement_type), ("search", search)),
    )


def revenue_by_month(file: str, timezone: str) -> pl.DataFrame:
    """Payments by month of the report time zone: revenue, and how many were received, returned and failed."""
    return select(
        file,
        """
        select cast(date_trunc('month', occurred_at at time zone 'UTC' at time zone $timezone) as date) as month,
            sum(revenue_reporting) as revenue,
            count(*) filter (event_type = 'succeeded') as succeeded,
            count(*) filter (event_type in ('refunded', 'chargeback')) as returned,
            count(*) filter (event_type = 'failed') as failed
        from core.fct_transactions group by all order by month
        """,
        (("timezone", timezone),),
    )
