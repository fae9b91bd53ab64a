"""How long customers stay: cohorts by the month of the first MRR, and durations for survival curves.

Belongs here: what follows from movements alone.
Does not belong here: the movements themselves (``revenue``).
"""

from __future__ import annotations

from .revenue import Row, by_customer, closing_mrr, month_of, next_month, ratio
from .state import Clock


def cohort_retention(movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_cohort_retention``; grain: cohort month and period, to the month of T; rates are exact fractions."""
    customers = by_customer(movements)
    cohort_of = {customer: month_of(history[0]["movement_date"]) for customer, history in customers.items()}
    rows: list[Row] = []
    for cohort_month in sorted(set(cohort_of.values())):
        members = [customer for customer, cohort in cohort_of.items() if cohort == cohort_month]
        month, period = cohort_month, 0
        while month <= clock.today:
            retained = [customer for customer in members if closing_mrr(customers[customer], next_month(month)) > 0]
            rows.append(
                {
                    "cohort_month": cohort_month,
                    "period_number": period,
                    "cohort_size": len(members),
                    "retained_customers": len(retained),
                    "retention_rate": ratio(len(retained), len(members)),
                    "is_complete": month < month_of(clock.today),
                }
            )
            month, period = next_month(month), period + 1
    return rows


def survival_durations(movements: list[Row], clock: Clock) -> list[Row]:
    """Calendar days from first MRR to first churn, or to T for those who never stopped; grain: customer ever paying."""
    rows: list[Row] = []
    for customer_id, history in by_customer(movements).items():
        churn_dates = [row["movement_date"] for row in history if row["movement_type"] == "churn"]
        until = churn_dates[0] if churn_dates else clock.today
        rows.append(
            {
                "customer_id": customer_id,
                "days": (until - history[0]["movement_date"]).days,
                "churned": bool(churn_dates),
            }
        )
    return rows
