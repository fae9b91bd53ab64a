"""The checkout by step.

Belongs here: its steps and tries. Does not belong here: actions in the account (``app.queries.metrics``), stages of the
journey (``app.queries.journey``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def months(file: str) -> list[date]:
    """The months in which tries began."""
    return select(file, "select distinct month from journey.fct_checkout_steps order by month")["month"].to_list()


def steps(file: str, month: date, dimension: str) -> pl.DataFrame:
    """The steps of the tries that began in a month, by the values of a dimension."""
    return select(
        file,
        "select dimension_value, step, tries, went_on, dropped, completed, completion_rate, median_minutes_to_next "
        "from journey.fct_checkout_steps where month = $month and dimension = $dimension "
        "order by dimension_value = '(none)', dimension_value, step_number",
        (("month", month), ("dimension", dimension)),
    )


def tries(month: date, step: str, *, dropped: bool) -> Rows:
    """The tries of a month that came to a step, the newest first: those that came no further, or those that did."""
    return Rows(
        """
        select customer_id, visitor_id, began_at, offer_id, device, payment_method, coupon_code, error_code, declines,
            is_completed
        from journey.fct_checkout_tries
        cross join (
            select any_value(step_number) as number, any_value(step) = 'checkout_completed' as is_last
            from journey.fct_checkout_steps where step = $step
        )
        where month = $month and furthest_step >= number
            and (furthest_step > number or is_last) <> $dropped
        order by began_at desc, try_id
        """,
        (("month", month), ("step", step), ("dropped", dropped)),
    )
