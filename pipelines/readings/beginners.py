"""Who stays of those who began together, narrowed: cohorts and survival of some of the customers.

The marts have them of everybody and by one cut at a time. What is narrowed further is counted here from the same
customers and movements, in the same way: unnarrowed, the answers are the marts' (a test compares them).

Belongs here: selects over a published snapshot, and the estimator over what they count. Does not belong here: drawing
(``app.parts``), the marts (``dbt_project``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from pipelines.readings.intervals import Z
from pipelines.readings.rates import share_of_whole

# What a customer began with, by the dimensions that readers narrow by; what else there is changes later.
DIMENSIONS = {
    "offer": "first_offer",
    "channel": "channel",
    "country": "country",
    "acquisition_channel": "acquisition_channel",
}
COHORTS = "retention.dim_customer_cohorts"
MOVEMENTS = "revenue.fct_mrr_movements"
_STEPS = {"months": "month", "weeks": "week"}


@dataclass(frozen=True)
class Beginners:
    """Customers by the values of ``DIMENSIONS`` they began with, since a month, and by their ids if given."""

    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    first: date | None = None
    only: tuple[str, ...] | None = None

    @property
    def are_all(self) -> bool:
        """Whether nobody is left out."""
        return not self.where and self.first is None and self.only is None

    def condition(self) -> str:
        """The condition on ``COHORTS``, values bound by name."""
        conditions = [f"list_contains($began_{name}, {DIMENSIONS[name]})" for name, _ in self.where]
        conditions += ["cohort_month >= $began_since"] if self.first else []
        conditions += ["customer_id in (select unnest($began_only))"] if self.only is not None else []
        return " and ".join(conditions) or "true"

    def values(self) -> tuple[tuple[str, Any], ...]:
        """The bound values by name."""
        found: list[tuple[str, Any]] = [(f"began_{name}", values) for name, values in self.where]
        found += [("began_since", self.first)] if self.first else []
        found += [("began_only", self.only)] if self.only is not None else []
        return tuple(found)


def cohort_cells(of: Beginners, unit: str, by: str | None = None) -> str:
    """The cells of the cohorts by months or weeks: the columns of ``fct_cohort_retention``, with cohort for its first
    day, and with ``by``, a column of ``COHORTS``, its dimension_value.
    """
    step = _STEPS[unit]
    value = f"cast({by} as varchar)" if by else "'(all)'"
    return f"""
        with members as (
            select customer_id, cast(date_trunc('{step}', first_paid_date) as date) as cohort,
                {value} as dimension_value
            from {COHORTS} where {of.condition()}
        ),
        changes as (
            select cohort, dimension_value, cast(date_trunc('{step}', movement_date) as date) as period,
                sum(case when movement_type in ('new', 'reactivation') then 1 when movement_type = 'churn' then -1
                    else 0 end) as customers,
                sum(mrr_change) as mrr, count(*) filter (movement_type = 'new') as cohort_size,
                sum(mrr_change) filter (movement_type = 'new') as opening_mrr
            from {MOVEMENTS} join members using (customer_id) group by all
        ),
        bounds as (select cast(date_trunc('{step}', as_of_date) as date) as newest from ops.build_info),
        cohorts as (
            select cohort, dimension_value, cohort_size, opening_mrr,
                cast(unnest(generate_series(cohort, (select newest from bounds), interval 1 {step})) as date) as period
            from changes where cohort = period
        ),
        cells as (
            select cohorts.*, sum(coalesce(changes.customers, 0)) over running as retained_customers,
                sum(coalesce(changes.mrr, 0)) over running as retained_mrr
            from cohorts left join changes using (cohort, dimension_value, period)
            window running as (partition by cohort, dimension_value order by period rows unbounded preceding)
        )
        select cohort, dimension_value, cast(date_diff('{step}', cohort, period) as integer) as period_number,
            cast(cohort_size as bigint) as cohort_size, cast(retained_customers as bigint) as retained_customers,
            cast(retained_customers as double) / cohort_size as retention_rate,
            period < (select newest from bounds) as is_complete, opening_mrr, retained_mrr,
            cast(retained_mrr as double) / nullif(cast(opening_mrr as double), 0) as mrr_retention_rate
        from cells order by dimension_value, cohort, period_number
    """


def durations(of: Beginners, by: str | None = None) -> str:
    """day_number, churned_customers and leaving_customers, the churned and the still paying, by dimension_value."""
    value = f"cast({by} as varchar)" if by else "'(all)'"
    return f"""
        select {value} as dimension_value, days_to_first_churn as day_number,
            count(*) filter (first_churn_date is not null) as churned_customers, count(*) as leaving_customers
        from {COHORTS} where {of.condition()} group by all order by dimension_value, day_number
    """


def survival_curves(days: pl.DataFrame) -> pl.DataFrame:
    """The estimator of the macro ``kaplan_meier`` for each dimension_value of ``durations``, with its columns."""
    rows: list[dict[str, Any]] = []
    for (value,), stratum in days.partition_by("dimension_value", as_dict=True, maintain_order=True).items():
        rows += _curve(str(value), stratum.sort("day_number").to_dicts())
    kinds = {
        "dimension_value": pl.String,
        **dict.fromkeys(("day_number", "customers_at_risk", "churned_customers", "censored_customers"), pl.Int64),
        **dict.fromkeys(("survival_probability", "standard_error", "lower_bound", "upper_bound"), pl.Float64),
    }
    return pl.DataFrame(rows, schema=kinds)


def _curve(value: str, days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    at_risk = sum(day["leaving_customers"] for day in days)
    logarithm = variance = 0.0
    found = []
    for day in days:
        churned, leaving = day["churned_customers"], day["leaving_customers"]
        is_over = churned == at_risk
        if not is_over:
            logarithm += math.log(1 - share_of_whole(churned, at_risk))
            variance += share_of_whole(churned, at_risk * (at_risk - churned))
        survival = 0.0 if is_over else math.exp(logarithm)
        reach = None
        if not is_over:
            reach = Z * math.sqrt(variance) / -logarithm if logarithm < 0 else 0.0
        found.append(
            {
                "dimension_value": value,
                "day_number": day["day_number"],
                "customers_at_risk": at_risk,
                "churned_customers": churned,
                "censored_customers": leaving - churned,
                "survival_probability": survival,
                "standard_error": None if is_over else survival * math.sqrt(variance),
                "lower_bound": None if reach is None else math.exp(logarithm * math.exp(reach)),
                "upper_bound": None if reach is None else math.exp(logarithm * math.exp(-reach)),
            }
        )
        at_risk -= leaving
    return found


def survival_at(curve: pl.DataFrame, day: int) -> float | None:
    """The share not churned by a day; None where nobody was followed for so long."""
    days: list[int] = curve["day_number"].to_list()
    if not days or max(days) < day:
        return None
    known: list[float] = curve.filter(pl.col("day_number") <= day)["survival_probability"].to_list()
    return min(known, default=1.0)


def followed_at(curve: pl.DataFrame, day: int) -> int:
    """How many customers were still followed on a day."""
    later: list[int] = curve.filter(pl.col("day_number") >= day)["customers_at_risk"].to_list()
    return max(later, default=0)


def half_life(curve: pl.DataFrame) -> int | None:
    """The first day by which half or more are estimated to have churned; None if not yet."""
    gone: list[int] = curve.filter(pl.col("survival_probability") <= 0.5)["day_number"].to_list()
    return min(gone, default=None)
