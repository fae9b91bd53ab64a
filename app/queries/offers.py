"""Offers by month, what they brought so far, and coupons.

Belongs here: selects on the schema ``offers``. Does not belong here: MRR by offer and other cuts
(``app.queries.revenue_cuts``), trials by other cuts (``app.queries.renewals``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def months(file: str) -> list[date]:
    """The months that offers have, the newest first."""
    rows = select(file, "select distinct month from offers.fct_offer_monthly order by month desc")
    return rows["month"].to_list()


def by_revenue(file: str) -> list[str]:
    """The offers, the one with most MRR over all months first."""
    rows = select(
        file,
        """
        select offer_id from offers.fct_offer_monthly group by offer_id order by sum(closing_mrr) desc, offer_id
        """,
    )
    return rows["offer_id"].to_list()


def of_month(file: str, month: date) -> pl.DataFrame:
    """The offers of one month, as published, the one with most MRR first."""
    return select(
        file,
        """
        select offer_id, closing_mrr, closing_customers, * exclude (month, offer_id, closing_mrr, closing_customers)
        from offers.fct_offer_monthly where month = $month
        order by closing_mrr desc, offer_id
        """,
        (("month", month),),
    )


def lifetime(file: str) -> pl.DataFrame:
    """What customers brought by the offer they began with, as published, the most revenue first."""
    return select(file, "select * from offers.fct_offer_lifetime order by realised_revenue desc, offer_id")


def coupons(file: str) -> pl.DataFrame:
    """What became of the redemptions of each coupon, as published, the most redeemed first."""
    return select(file, "select * from offers.fct_coupon_performance order by redemptions desc, coupon_code")


def redemptions(rows: Rows) -> Rows:
    """Redemptions as the page lists them, the newest first."""
    return Rows(
        f"""
        select customer_id, coupon_code, subscription_id, redeemed_at, discount_ends_at, mrr_in_discount,
            outcome_30_days, mrr_after_30_days, outcome_90_days, mrr_after_90_days, offer_id, channel, provider
        from ({rows.sql})
        order by redeemed_at desc, coupon_code, subscription_id
        """,
        rows.parameters,
    )
