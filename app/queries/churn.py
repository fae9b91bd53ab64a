"""Who churns again and again.

Belongs here: serial churners. Does not belong here: churned customers, their rates and returns
(``app.queries.metrics``), cohorts and survival (``app.queries.retention``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, select


def serial_churn_bands(file: str, churners: Rows) -> pl.DataFrame:
    """Serial churners by how often they churned: customers, those of them who pay now, and their MRR."""
    return select(
        file,
        f"""
        select churn_band, count(*) as customers, count(*) filter (is_paying) as paying_customers,
            sum(current_mrr) as mrr
        from ({churners.sql}) group by churn_band order by churn_band
        """,
        churners.parameters,
    )


def serial_churners() -> Rows:
    """The serial churners as published, the most frequent first."""
    return Rows(
        "select * from retention.fct_serial_churners "
        "order by churns_in_two_years desc, last_churn_date desc, customer_id"
    )
