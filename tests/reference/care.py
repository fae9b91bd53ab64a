"""Contacts and who left after them: tickets, subscriptions and T in, rows of ``fct_support_contacts`` out, and more.

Belongs here: the slow, obviously right answer, day by day. Does not belong here: what predicts a topic, next steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from statistics import mean, median
from zoneinfo import ZoneInfo

from .revenue import Row, by_customer, month_of, mrr_movements, ratio
from .state import NO_MRR, Clock, Event, FxRate, Subscription, replay

WINDOW = timedelta(days=30)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ticket:
    """One version of a ticket; ``recorded_at`` null is the oldest."""

    ticket_id: str
    customer_id: str
    opened_at: datetime
    closed_at: datetime | None
    topic: str | None
    csat: int | None
    recorded_at: datetime | None


def known_tickets(versions: Iterable[Ticket], clock: Clock) -> list[Ticket]:
    """The newest version of each ticket that was known and opened at T; versions of a ticket differ in recorded_at."""
    newest: dict[str, Ticket] = {}
    start = datetime.min.replace(tzinfo=UTC)
    for ticket in sorted(versions, key=lambda one: one.recorded_at or start):
        if (ticket.recorded_at or start) <= clock.as_of and ticket.opened_at <= clock.as_of:
            newest[ticket.ticket_id] = ticket
    return list(newest.values())


def paying_days(movements: list[Row], clock: Clock) -> dict[str, set[date]]:
    """The days at whose close each customer had MRR."""
    found: dict[str, set[date]] = {}
    for customer_id, rows in by_customer(movements).items():
        ends = [row["movement_date"] for row in rows[1:]] + [clock.today + DAY]
        for row, end in zip(rows, ends, strict=True):
            if row["mrr_after"] > 0:
                days = (row["movement_date"] + DAY * number for number in range((end - row["movement_date"]).days))
                found.setdefault(customer_id, set()).update(days)
    return found


def told(ticket: Ticket, predictions: Mapping[str, str | None]) -> tuple[str, str]:
    """The topic of a ticket and where it is from."""
    if ticket.topic is not None:
        return ticket.topic, "labelled"
    predicted = predictions.get(ticket.ticket_id)
    return ("unknown", "unknown") if predicted is None else (predicted, "predicted")


def contact(ticket: Ticket, owned: list[Subscription], paid: set[date], first_paid: date | None, clock: Clock) -> Row:
    """The row of one ticket."""
    day = clock.day(ticket.opened_at)
    states = [state for one in owned if (state := one.state_at(ticket.opened_at)) is not None]
    mrr = sum((one.mrr_at(ticket.opened_at) for one in owned), NO_MRR)
    seconds = None
    if ticket.closed_at is not None and ticket.closed_at <= clock.as_of:
        seconds = floor(ticket.closed_at.timestamp()) - floor(ticket.opened_at.timestamp())
    if mrr > 0:
        status = "paying"
    elif any(state.status == "trial" for state in states):
        status = "trial"
    else:
        status = "churned" if first_paid is not None and first_paid < day else "registered"
    counts, is_complete = day - DAY in paid, day + WINDOW <= clock.today
    return {
        "ticket_id": ticket.ticket_id,
        "opened_date": day,
        "hours_to_close": None if seconds is None else Fraction(seconds, 3600),
        "csat": ticket.csat,
        "customer_status": status,
        "mrr": mrr,
        "counts_for_churn": counts,
        "is_complete": is_complete,
        "churned_within_30_days": day - DAY + WINDOW not in paid if counts and is_complete else None,
    }


def everybody(paid: dict[str, set[date]], clock: Clock) -> list[Row]:
    """``int_care_paying_days``: for each day who paid as it began, and who of them did not at the 30th close."""
    if not paid:
        return []
    rows, day = [], min(min(days) for days in paid.values()) + DAY
    while day <= clock.today:
        paying = [days for days in paid.values() if day - DAY in days]
        gone = sum(day - DAY + WINDOW not in days for days in paying)
        is_known = day + WINDOW <= clock.today
        rows.append({"day": day, "paying_customers": len(paying), "churned_customers": gone if is_known else None})
        day += DAY
    return rows


def month_of_topic(contacts: list[Row], days: list[Row]) -> Row:
    """The measures of the contacts of one month and topic, beside the days of that month."""
    measured = [row["churned_within_30_days"] for row in contacts if row["churned_within_30_days"] is not None]
    hours = [row["hours_to_close"] for row in contacts if row["hours_to_close"] is not None]
    answers = [Decimal(row["csat"]) for row in contacts if row["csat"] is not None]
    paying_contacts = sum(row["mrr"] > 0 for row in contacts)
    known = [row for row in days if row["churned_customers"] is not None]
    return {
        "contacts": len(contacts),
        "paying_contacts": paying_contacts,
        "contacts_per_1000_paying": ratio(
            1000 * paying_contacts * len(days), sum(row["paying_customers"] for row in days)
        ),
        "closed_contacts": len(hours),
        "median_hours_to_close": median(hours) if hours else None,
        "csat_answers": len(answers),
        "csat_mean": mean(answers) if answers else None,
        "measured_contacts": len(measured),
        "churned_contacts": sum(measured),
        "contact_churn_rate": ratio(sum(measured), len(measured)),
        "paying_churn_rate": ratio(
            sum(row["churned_customers"] for row in known), sum(row["paying_customers"] for row in known)
        ),
    }


def compute_care(
    events: list[Event],
    rates: Iterable[FxRate],
    versions: Iterable[Ticket],
    predictions: Mapping[str, str | None],
    *,
    as_of: datetime,
    reporting_currency: str,
    timezone: str = "UTC",
) -> dict[str, list[Row]]:
    """Contacts, days and months by table: money as Decimal, rates and hours as Fraction."""
    clock = Clock(as_of.astimezone(UTC), ZoneInfo(timezone))
    subscriptions, _ = replay(events, rates, clock, reporting_currency)
    movements = mrr_movements(subscriptions, clock)
    paid = paying_days(movements, clock)
    first_paid = {customer_id: rows[0]["movement_date"] for customer_id, rows in by_customer(movements).items()}
    contacts = []
    for ticket in known_tickets(versions, clock):
        owned = [one for one in subscriptions if one.customer_id == ticket.customer_id]
        days_paid = paid.get(ticket.customer_id, set())
        row = contact(ticket, owned, days_paid, first_paid.get(ticket.customer_id), clock)
        topic, source = told(ticket, predictions)
        contacts.append({**row, "topic": topic, "topic_source": source})
    days = everybody(paid, clock)
    months = []
    for month in sorted({month_of(row["opened_date"]) for row in contacts}):
        of_month = [row for row in contacts if month_of(row["opened_date"]) == month]
        days_of_month = [row for row in days if month_of(row["day"]) == month]
        for topic in ["(all)", *sorted({row["topic"] for row in of_month})]:
            chosen = [row for row in of_month if topic in ("(all)", row["topic"])]
            months.append({"month": month, "topic": topic, **month_of_topic(chosen, days_of_month)})
    return {"fct_support_contacts": contacts, "int_care_paying_days": days, "fct_contact_topics_monthly": months}
