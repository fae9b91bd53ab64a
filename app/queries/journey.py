"""The retention journey: who moved between which stages, and the times that stays took.

Belongs here: selects on the schema ``journey``. Does not belong here: persons by stage (``app.queries.metrics``),
subscriptions set to cancel (``app.queries.renewals``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select


def moves(first: date, last: date) -> Rows:
    """Every move between two stages in the days from ``first`` to ``last``, both included, the newest first.

    A visitor of whom no customer is known has no customer.
    """
    return Rows(
        """
        select valid_from as moved_date, case when is_customer then person_id end as customer_id,
            case when not is_customer then person_id end as visitor_id, coalesce(previous_stage, '(new)') as from_stage,
            stage as to_stage, days, valid_to as left_date
        from journey.fct_journey_stages
        where valid_from between $first and $last
        order by valid_from desc, person_id, is_customer
        """,
        (("first", first), ("last", last)),
    )


def flows(file: str, moved: Rows) -> pl.DataFrame:
    """Persons who moved between two stages, of these moves."""
    return select(
        file,
        f"""
        select from_stage, to_stage, count(*) as persons from ({moved.sql})
        group by from_stage, to_stage order by persons desc, from_stage, to_stage
        """,
        moved.parameters,
    )


def flows_by_day(moved: Rows) -> Rows:
    """The same by day, the newest day first."""
    return Rows(
        f"""
        select moved_date as close_date, from_stage, to_stage, count(*) as persons from ({moved.sql})
        group by moved_date, from_stage, to_stage order by close_date desc, from_stage, to_stage
        """,
        moved.parameters,
    )


def persons_who_moved(moved: Rows, from_stage: str, to_stage: str) -> Rows:
    """Those of these moves that are between two stages."""
    return Rows(
        f"""
        select moved_date, customer_id, visitor_id, to_stage as stage, days, left_date from ({moved.sql})
        where from_stage = $from_stage and to_stage = $to_stage
        order by moved_date desc, customer_id, visitor_id
        """,
        (*moved.parameters, ("from_stage", from_stage), ("to_stage", to_stage)),
    )


def times(file: str) -> pl.DataFrame:
    """How long stays took, as published, by the stage and the most frequent next one."""
    return select(file, "select * from journey.fct_journey_times order by stage, stays desc, next_stage")
