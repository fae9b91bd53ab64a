"""What is about to renew, to end or to convert.

Belongs here: trials, the renewals calendar, subscriptions set to cancel. Does not belong here: what has churned
(``app.queries.churn``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.rates import rate_of_sums


def trials(file: str) -> pl.DataFrame:
    """The trial funnel by month in which trials end, as published."""
    return select(file, "select * from retention.fct_trial_funnel order by month")


def trials_by_dimension(file: str, dimension: str) -> pl.DataFrame:
    """The trial funnel by the values of one cut, its complete months together, the most trials first."""
    return select(
        file,
        f"""
        select dimension_value, cast(sum(ended_trials) as bigint) as ended_trials,
            cast(sum(converted_trials) as bigint) as converted_trials, cast(sum(lost_trials) as bigint) as lost_trials,
            {rate_of_sums("converted_trials", "ended_trials")} as conversion_rate
        from retention.fct_trial_funnel_by_dimension where dimension = $dimension and is_complete
        group by dimension_value order by ended_trials desc, dimension_value
        """,
        (("dimension", dimension),),
    )


def trial_dimensions(file: str) -> list[str]:
    """The cuts that the trial funnel is published by."""
    rows = select(file, "select distinct dimension from retention.fct_trial_funnel_by_dimension order by dimension")
    return rows["dimension"].to_list()


def renewals(file: str, days: int) -> pl.DataFrame:
    """The renewals calendar of so many days from the as-of day on, as published."""
    return select(
        file,
        """
        select calendar.* from retention.fct_renewals_calendar as calendar cross join ops.build_info
        where due_date < as_of_date + cast($days as integer) order by due_date
        """,
        (("days", days),),
    )


def due_subscriptions(due_date: date, timezone: str) -> Rows:
    """The subscriptions that the calendar counts as due on a day of the report time zone, the most MRR first."""
    return Rows(
        """
        select subscription_id, customer_id, status, auto_renew, mrr, offer_id, provider, period_end
        from core.fct_subscriptions cross join ops.build_info
        where status in ('active', 'grace') and period_end >= as_of
            and cast(period_end at time zone 'UTC' at time zone $timezone as date) = $due_date
        order by mrr desc, subscription_id
        """,
        (("due_date", due_date), ("timezone", timezone)),
    )


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
