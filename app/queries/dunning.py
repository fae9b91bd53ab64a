"""Cases of dunning by month, dimension, stage and attempt, and the cases themselves.

Belongs here: selects on the schema ``dunning``. Does not belong here: all payments (``app.queries.payments``), churn by
kind and rule (``app.queries.churn``).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from app.queries.rows import Rows, select
from pipelines.readings.rates import rate_of_sums, running_share

_SUMS = f"""
    select max(dimension_value) as dimension_value,
    cast(sum(cases) as bigint) as cases, cast(sum(recovered_cases) as bigint) as recovered_cases,
    cast(sum(lost_cases) as bigint) as lost_cases, cast(sum(open_cases) as bigint) as open_cases,
    cast(sum(amount_due) as decimal(38, 4)) as amount_due,
    cast(sum(amount_recovered) as decimal(38, 4)) as amount_recovered,
    cast(sum(amount_lost) as decimal(38, 4)) as amount_lost, cast(sum(amount_open) as decimal(38, 4)) as amount_open,
    cast(sum(mrr_due) as decimal(38, 4)) as mrr_due, cast(sum(mrr_recovered) as decimal(38, 4)) as mrr_recovered,
    cast(sum(mrr_lost) as decimal(38, 4)) as mrr_lost, cast(sum(mrr_open) as decimal(38, 4)) as mrr_open,
    {rate_of_sums("recovered_cases", "recovered_cases + lost_cases")} as case_recovery_rate,
    {rate_of_sums("amount_recovered", "amount_recovered + amount_lost")} as amount_recovery_rate,
    {rate_of_sums("recovery_days", "recovered_cases")} as mean_days_to_recovery,
    cast(sum(days_on_hold) as double) as days_on_hold
    from dunning.fct_dunning_monthly
"""


def months(file: str) -> list[date]:
    """The months in which cases opened, the newest first."""
    rows = select(file, "select distinct month from dunning.fct_dunning_monthly order by month desc")
    return rows["month"].to_list()


def totals(file: str, month: date | None) -> dict[str, Any]:
    """What was due and what became of it, of the cases of one month or all."""
    sql = _SUMS + "where dimension = 'total' and ($month is null or month = $month)"
    return select(file, sql, (("month", month),)).row(0, named=True)


def by_month(file: str) -> pl.DataFrame:
    """Cases, money due and MRR by month and outcome (``part``)."""
    return select(
        file,
        """
        select months.month, outcomes.part, months.is_complete,
            case outcomes.part when 'recovered' then recovered_cases when 'lost' then lost_cases else open_cases end
                as cases,
            case outcomes.part when 'recovered' then amount_recovered when 'lost' then amount_lost else amount_open end
                as amount,
            case outcomes.part when 'recovered' then mrr_recovered when 'lost' then mrr_lost else mrr_open end as mrr
        from dunning.fct_dunning_monthly as months
        cross join (values ('recovered'), ('lost'), ('open')) as outcomes (part)
        where months.dimension = 'total' order by months.month, outcomes.part
        """,
    )


def by_stage(file: str, month: date | None) -> pl.DataFrame:
    """Cases, money and MRR by how far they came, cumulatively: those on hold failed as well."""
    return select(
        file,
        """
        select steps.stage, cases.outcome, count(*) as cases,
            cast(sum(cases.amount_due_reporting) as decimal(38, 4)) as amount,
            cast(sum(cases.mrr_at_opening) as decimal(38, 4)) as mrr
        from (values (1, 'Failed'), (2, 'Grace or hold'), (3, 'Hold')) as steps (place, stage)
        inner join dunning.fct_dunning_cases as cases
            on steps.place = 1 or cases.stage = 'hold' or (steps.place = 2 and cases.stage = 'grace')
        where $month is null or cases.opened_month = $month
        group by steps.place, steps.stage, cases.outcome order by steps.place, cases.outcome
        """,
        (("month", month),),
    )


def by_value(file: str, dimension: str, month: date | None) -> pl.DataFrame:
    """What was due by the values of a dimension, and what became of it, the most money first."""
    return select(
        file,
        _SUMS
        + """
        where dimension = $dimension and ($month is null or month = $month)
        group by dimension_value order by amount_due desc, dimension_value
        """,
        (("dimension", dimension), ("month", month)),
    )


def attempt_values(file: str, dimension: str) -> list[str]:
    """The values of a dimension that attempts have."""
    rows = select(
        file,
        "select distinct dimension_value from dunning.fct_dunning_by_attempt where dimension = $dimension order by all",
        (("dimension", dimension),),
    )
    return rows["dimension_value"].to_list()


def by_attempt(file: str, dimension: str, value: str) -> pl.DataFrame:
    """What each attempt brought, for one value of a dimension."""
    return select(
        file,
        """
        select * exclude (dimension, dimension_value) from dunning.fct_dunning_by_attempt
        where dimension = $dimension and dimension_value = $value order by attempt_number
        """,
        (("dimension", dimension), ("value", value)),
    )


def days_to_recovery(file: str, month: date | None) -> pl.DataFrame:
    """Recovered cases by whole days from the opening, and the share of them recovered by then."""
    return select(
        file,
        f"""
        select cast(floor(days_to_outcome) as integer) as day, count(*) as cases,
            {running_share("count(*)", "floor(days_to_outcome)")} as running_share
        from dunning.fct_dunning_cases
        where outcome = 'recovered' and ($month is null or opened_month = $month)
        group by floor(days_to_outcome) order by day
        """,
        (("month", month),),
    )


def reasons(file: str, month: date | None) -> pl.DataFrame:
    """Cases by outcome, the rule that decided it and the reason, the most money first."""
    return select(
        file,
        """
        select outcome, outcome_rule, outcome_reason, lost_kind, count(*) as cases,
            cast(sum(amount_due_reporting) as decimal(38, 4)) as amount_due,
            cast(sum(mrr_at_opening) as decimal(38, 4)) as mrr_due
        from dunning.fct_dunning_cases where $month is null or opened_month = $month
        group by outcome, outcome_rule, outcome_reason, lost_kind
        order by amount_due desc, outcome, outcome_rule, outcome_reason
        """,
        (("month", month),),
    )


def codes(file: str) -> list[str]:
    """The codes with which cases began."""
    rows = select(file, "select distinct failure_code from dunning.fct_dunning_cases order by all")
    return rows["failure_code"].to_list()


def cases(month: date | None, outcome: str | None, stage: str | None, failure_code: str | None) -> Rows:
    """The cases of a month, outcome, stage and first failure, or of all, the newest first."""
    return Rows(
        """
        select customer_id, opened_at, outcome, amount_due_reporting, mrr_at_opening, failure_code, attempts, closed_at,
            outcome_rule, outcome_reason, received_amount, cast(days_to_outcome as double) as days_to_outcome,
            cast(days_on_hold as double) as days_on_hold, due_at, grace_at, hold_at, provider, payment_method,
            subscription_id, case_id, opening_event_id, closing_event_id
        from dunning.fct_dunning_cases
        where ($month is null or opened_month = $month) and ($outcome is null or outcome = $outcome)
            and ($stage is null or stage = $stage) and ($code is null or failure_code = $code)
        order by opened_at desc, case_id
        """,
        (("month", month), ("outcome", outcome), ("stage", stage), ("code", failure_code)),
    )
