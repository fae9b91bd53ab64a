"""Outcomes of cases of dunning, and the cases themselves.

Belongs here: selects on the schema ``dunning``, and over the cases that filters leave. Does not belong here: what
is a metric (``app.queries.metrics``), all payments (``app.queries.payments``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.rates import running_share


def months(file: str) -> list[date]:
    """The months in which cases opened, the newest first."""
    rows = select(file, "select distinct month from dunning.fct_dunning_monthly order by month desc")
    return rows["month"].to_list()


def days_to_recovery(file: str, cases: Rows) -> pl.DataFrame:
    """Recovered cases by whole days from the opening, and the share of them recovered by then."""
    return select(
        file,
        f"""
        select cast(floor(days_to_outcome) as integer) as day, count(*) as cases,
            {running_share("count(*)", "floor(days_to_outcome)")} as running_share
        from ({cases.sql})
        where outcome = 'recovered'
        group by floor(days_to_outcome) order by day
        """,
        cases.parameters,
    )


def reasons(file: str, cases: Rows) -> pl.DataFrame:
    """Cases by outcome, the rule that decided it and the reason, the most money first."""
    return select(
        file,
        f"""
        select outcome, outcome_rule, outcome_reason, lost_kind, count(*) as cases,
            cast(sum(amount_due_reporting) as decimal(38, 4)) as amount_due,
            cast(sum(mrr_at_opening) as decimal(38, 4)) as mrr_due
        from ({cases.sql})
        group by outcome, outcome_rule, outcome_reason, lost_kind
        order by amount_due desc, outcome, outcome_rule, outcome_reason
        """,
        cases.parameters,
    )


def codes(file: str) -> list[str]:
    """The codes with which cases began."""
    rows = select(file, "select distinct failure_code from dunning.fct_dunning_cases order by all")
    return rows["failure_code"].to_list()


def cases(rows: Rows) -> Rows:
    """The cases as the page lists them, the newest first."""
    return Rows(
        f"""
        select customer_id, opened_at, outcome, amount_due_reporting, mrr_at_opening, failure_code, attempts, closed_at,
            outcome_rule, outcome_reason, received_amount, cast(days_to_outcome as double) as days_to_outcome,
            cast(days_on_hold as double) as days_on_hold, due_at, grace_at, hold_at, provider, payment_method,
            subscription_id, case_id, opening_event_id, closing_event_id
        from ({rows.sql})
        order by opened_at desc, case_id
        """,
        rows.parameters,
    )
