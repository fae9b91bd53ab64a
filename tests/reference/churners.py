"""Who left, why, who came back, and who keeps leaving.

Belongs here: months of churn, resubscription within twelve months, serial churners.
Does not belong here: the movements and their kinds (``revenue``), cohorts (``cohorts``).
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from .revenue import Row, by_customer, closing_mrr, month_of, next_month, ratio
from .state import Clock

KINDS = ("voluntary", "involuntary", "publisher", "switched", "pause", "unknown")
RULES = ("end_reason", "state_hold", "state_grace", "state_pause", "auto_renew_off", "stale", "none")


def months_later(day: date, months: int) -> date:
    """The same day of the month some months on, or the month's last day where it has no such day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_of_series(movements: list[Row], clock: Clock) -> list[date]:
    """From the month of the first movement to the month of T."""
    if not movements:
        return []
    months = [month_of(min(row["movement_date"] for row in movements))]
    while next_month(months[-1]) <= clock.today:
        months.append(next_month(months[-1]))
    return months


def churn_monthly(members: list[Row], movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_churn_monthly``; grain: month; rates are exact fractions."""
    histories = by_customer(movements)
    return [_churn_month(month, members, histories, clock) for month in months_of_series(movements, clock)]


def _churn_month(month: date, members: list[Row], histories: dict[str, list[Row]], clock: Clock) -> Row:
    opening, reactivated = 0, 0
    last_churns: list[Row] = []
    for history in histories.values():
        at_open, at_close = closing_mrr(history, month) > 0, closing_mrr(history, next_month(month)) > 0
        opening += at_open
        reactivated += not at_open and at_close and history[0]["movement_date"] < month
        if at_open and not at_close:
            of_month = [row for row in history if month_of(row["movement_date"]) == month]
            last_churns.append([row for row in of_month if row["movement_type"] == "churn"][-1])
    by_kind = {kind: sum(row["churn_kind"] == kind for row in last_churns) for kind in KINDS}
    new = [member for member in members if member["cohort_month"] == month]
    gone = [member for member in new if member["first_churn_date"] is not None]
    in_month = sum(month_of(member["first_churn_date"]) == month for member in gone)
    in_30_days = sum(member["days_to_first_churn"] <= 30 for member in gone)
    last_day = next_month(month) - timedelta(days=1)
    return {
        "month": month,
        "opening_customers": opening,
        "churned_customers": len(last_churns),
        "reactivated_customers": reactivated,
        **{f"{kind}_churned_customers": count for kind, count in by_kind.items()},
        **{f"churned_by_{rule}": sum(row["churn_rule"] == rule for row in last_churns) for rule in RULES},
        "customer_churn_rate": ratio(len(last_churns), opening),
        **{f"{kind}_churn_rate": ratio(count, opening) for kind, count in by_kind.items()},
        "net_customer_churn_rate": ratio(len(last_churns) - reactivated, opening),
        "new_subscribers": len(new),
        "churned_in_first_month": in_month,
        "churned_within_30_days": in_30_days,
        "first_month_churn_rate": ratio(in_month, len(new)),
        "first_30_days_churn_rate": ratio(in_30_days, len(new)),
        "is_complete": last_day < clock.today,
        "is_30_days_complete": last_day + timedelta(days=30) < clock.today,
    }


def resubscribe_monthly(movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_resubscribe_monthly``; grain: month of the churn."""
    rows: list[Row] = []
    for month in months_of_series(movements, clock):
        outcomes: list[str] = []
        for history in by_customer(movements).values():
            churns = [
                row["movement_date"]
                for row in history
                if row["movement_type"] == "churn" and month_of(row["movement_date"]) == month
            ]
            if churns:
                outcomes.append(_outcome(churns[-1], history, clock))
        back = outcomes.count("resubscribed")
        rows.append(
            {
                "month": month,
                "churners": len(outcomes),
                "resubscribed_customers": back,
                "stayed_away_customers": outcomes.count("stayed_away"),
                "undecided_customers": outcomes.count("undecided"),
                "resubscribe_rate": ratio(back, len(outcomes)),
                "is_complete": months_later(month, 13) <= clock.today,
            }
        )
    return rows


def _outcome(churn_date: date, history: list[Row], clock: Clock) -> str:
    last_chance = months_later(churn_date, 12)
    if any(churn_date < row["movement_date"] <= last_chance for row in history):
        return "resubscribed"
    return "stayed_away" if last_chance < clock.today else "undecided"


def serial_churners(movements: list[Row], clock: Clock) -> list[Row]:
    """``fct_serial_churners``; grain: customer with three churns or more in the two years to T."""
    rows: list[Row] = []
    for customer_id, history in by_customer(movements).items():
        churns = [
            row["movement_date"]
            for row in history
            if row["movement_type"] == "churn" and row["movement_date"] > months_later(clock.today, -24)
        ]
        if len(churns) >= 3:
            rows.append(
                {
                    "customer_id": customer_id,
                    "churns_in_two_years": len(churns),
                    "churn_band": "3-4" if len(churns) < 5 else "5-6" if len(churns) < 7 else "7+",
                    "first_churn_date": churns[0],
                    "last_churn_date": churns[-1],
                    "is_paying": history[-1]["mrr_after"] > 0,
                    "current_mrr": history[-1]["mrr_after"],
                }
            )
    return rows
