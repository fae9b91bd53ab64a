"""Viewing and support contacts against churn.

Belongs here: selects on the schema ``engagement``. Does not belong here: contacts by topic (``app.queries.care``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, select


def bands(file: str) -> pl.DataFrame:
    """Bands of activity by month, as published, the least active first."""
    return select(file, "select * from engagement.fct_engagement_bands_monthly order by month, band_number")


def titles() -> Rows:
    """Titles against churn, as published, by their names where the calendar has them, the most measured first."""
    return Rows(
        "select coalesce(title, title_id) as title, * exclude (title) from engagement.fct_title_churn "
        "order by measured_customers desc, title_id"
    )


def contacts(file: str) -> pl.DataFrame:
    """Contacts before churn by month, as published; its churners of single days are not those of a month's churn."""
    return select(
        file,
        """
        select * rename (churned_customers as churns, churned_with_contact as churns_with_contact)
        from engagement.fct_contacts_before_churn order by month
        """,
    )
