"""What campaigns kept, as the snapshot has it.

Belongs here: the schema ``activation``, as far as campaigns go. Does not belong here: segments
(``app.queries.segments``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import Rows, select


def campaigns(file: str) -> pl.DataFrame:
    """Every campaign with its arms, the newest first."""
    return select(
        file,
        """
        select campaign, any_value(segment) as segment, any_value(purpose) as purpose, min(assigned_date) as begun,
            count(*) filter (arm = 'sent') as sent, count(*) filter (arm = 'held_out') as held_out
        from activation.fct_campaign_assignments group by campaign order by begun desc, campaign
        """,
    )


def results(file: str, campaign: str) -> pl.DataFrame:
    """Every metric and horizon of a campaign."""
    return select(
        file,
        "select * exclude (campaign) from activation.fct_campaign_results where campaign = $campaign "
        "order by metric, horizon_days",
        (("campaign", campaign),),
    )


def groups(file: str, campaign: str) -> pl.DataFrame:
    """Effects by group, where groups differ for certain."""
    return select(
        file,
        "select * exclude (campaign) from activation.fct_campaign_groups where campaign = $campaign order by all",
        (("campaign", campaign),),
    )


def ranking(file: str, campaign: str) -> pl.DataFrame:
    """The first fifty whom it is worth the most to contact, by the longest horizon; none where chance does as well."""
    return select(
        file,
        "select place, customer_id, arm, uplift, qini, qini_p from activation.fct_campaign_uplift "
        "where campaign = $campaign and horizon_days = (select max(horizon_days) from activation.fct_campaign_results "
        "where campaign = $campaign) order by place limit 50",
        (("campaign", campaign),),
    )


def left_out(file: str, campaign: str) -> pl.DataFrame:
    """How many were left out, by reason."""
    return select(
        file,
        "select reason, count(*) as customers from activation.fct_campaign_left_out where campaign = $campaign "
        "group by reason order by customers desc",
        (("campaign", campaign),),
    )


def assigned(campaign: str) -> Rows:
    """Everybody assigned, with their arm."""
    return Rows(
        "select customer_id, arm, assigned_at, churn_probability, mrr_before, stratum, propensity "
        "from activation.fct_campaign_assignments where campaign = $campaign order by customer_id",
        (("campaign", campaign),),
    )
