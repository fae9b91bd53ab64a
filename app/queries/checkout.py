"""The checkout by step.

Belongs here: the order and times of its steps, and tries. Does not belong here: how many tries came to a step, and
actions in the account (``app.queries.metrics``), stages of the journey (``app.queries.journey``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.questions import Where


def months(file: str) -> list[date]:
    """The months in which tries began."""
    return select(file, "select distinct month from journey.fct_checkout_steps order by month")["month"].to_list()


def steps(file: str) -> list[str]:
    """The steps that tries came to, in the order in which they are taken."""
    rows = select(file, "select distinct step, step_number from journey.fct_checkout_steps order by step_number")
    return rows["step"].to_list()


def minutes(file: str, month: date, dimension: str) -> pl.DataFrame:
    """The median of the minutes to the next step, by the values of a dimension and step."""
    return select(
        file,
        "select dimension_value, step, median_minutes_to_next from journey.fct_checkout_steps "
        "where month = $month and dimension = $dimension",
        (("month", month), ("dimension", dimension)),
    )


def tries(month: date, step: str, where: Where = (), *, dropped: bool) -> Rows:
    """The tries of a month that came to a step, the newest first: those that came no further, or those that did.

    ``where`` has values of the offer, country and acquisition, as the counts are narrowed by.
    """
    kept = {name: dict(where).get(name) for name in ("offer", "country", "acquisition_channel")}
    return Rows(
        """
        select customer_id, visitor_id, began_at, offer_id, device, payment_method, coupon_code, error_code, declines,
            is_completed
        from journey.fct_checkout_tries
        left join (select customer_id, country, acquisition_channel from core.dim_customers) using (customer_id)
        cross join (
            select any_value(step_number) as number, any_value(step) = 'checkout_completed' as is_last
            from journey.fct_checkout_steps where step = $step
        )
        where month = $month and furthest_step >= number
            and (furthest_step > number or is_last) <> $dropped
            and ($offer is null or list_contains(cast($offer as varchar[]), coalesce(offer_id, '(none)')))
            and ($country is null or list_contains(cast($country as varchar[]), coalesce(country, '(none)')))
            and ($acquisition_channel is null
                or list_contains(cast($acquisition_channel as varchar[]), coalesce(acquisition_channel, '(none)')))
        order by began_at desc, try_id
        """,
        (("month", month), ("step", step), ("dropped", dropped), *kept.items()),
    )
