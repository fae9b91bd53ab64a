"""The retention journey: persons by stage and day, flows between stages, and the times that stays took.

Belongs here: selects on the schema ``journey``. Does not belong here: subscriptions set to cancel
(``app.queries.renewals``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def days(file: str) -> pl.DataFrame:
    """Persons by day and stage, as published."""
    return select(file, "select * from journey.fct_journey_daily order by close_date, stage_number")


def flows(file: str, first: date, last: date) -> pl.DataFrame:
    """Persons who moved between two stages in the days from ``first`` to ``last``, both included."""
    return select(
        file,
        """
        select from_stage, to_stage, cast(sum(persons) as bigint) as persons
        from journey.fct_journey_flows_daily where close_date between $first and $last
        group by from_stage, to_stage order by persons desc, from_stage, to_stage
        """,
        (("first", first), ("last", last)),
    )


def flows_by_day(first: date, last: date) -> Rows:
    """The flows of each of these days, as published, the newest day first."""
    return Rows(
        """
        select * from journey.fct_journey_flows_daily where close_date between $first and $last
        order by close_date desc, from_stage, to_stage
        """,
        (("first", first), ("last", last)),
    )


def persons_who_moved(first: date, last: date, from_stage: str, to_stage: str) -> Rows:
    """The moves between two stages in these days; a visitor of whom no customer is known has no customer."""
    return Rows(
        """
        select valid_from as moved_date, case when is_customer then person_id end as customer_id,
            case when not is_customer then person_id end as visitor_id, stage, days, valid_to as left_date
        from journey.fct_journey_stages
        where valid_from between $first and $last and coalesce(previous_stage, '(new)') = $from_stage
            and stage = $to_stage
        order by valid_from desc, person_id, is_customer
        """,
        (("first", first), ("last", last), ("from_stage", from_stage), ("to_stage", to_stage)),
    )


def times(file: str) -> pl.DataFrame:
    """How long stays took, as published, by the stage and the most frequent next one."""
    return select(file, "select * from journey.fct_journey_times order by stage, stays desc, next_stage")
