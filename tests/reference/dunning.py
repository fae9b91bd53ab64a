"""What failed payments led to: events, payments and T in, rows of the marts of dunning out, one plain loop.

Belongs here: the slow, obviously right answer, sign by sign. Does not belong here: SQL, what a subscription's state is
(``state``), the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from .revenue import Row, month_of, ratio
from .state import LAPSE_AFTER, NO_MRR, OPENING, Clock, Event, FxRate, RateOn, State, Step, rate_lookup, replay

LATE_SUCCESS = timedelta(hours=12)
KINDS = {
    "switched": "switched",
    "payment_failed": "involuntary",
    "chargeback": "involuntary",
    "customer_cancelled": "voluntary",
    "price_increase_declined": "voluntary",
    "refunded": "voluntary",
}
NONE = "(none)"
CUTS = ("total", "provider", "payment_method", "failure_code", "attempts")


@dataclass(frozen=True)
class Payment:
    """One row of the feed ``payment_events``."""

    event_id: str
    event_type: str
    occurred_at: datetime
    customer_id: str
    transaction_id: str
    amount: Decimal
    currency: str
    recorded_at: datetime | None = None
    subscription_id: str | None = None
    provider: str | None = None
    payment_method: str | None = None
    failure_code: str | None = None


@dataclass
class Case:
    """A case while it is being told; ``state`` is that of the subscription before it."""

    number: int
    opened_by: str
    opened_at: datetime
    opening_event_id: str | None
    state: State | None
    attempts: list[Payment] = field(default_factory=list)
    grace_at: datetime | None = None
    hold_at: datetime | None = None
    closed_by: Step | Payment | None = None


@dataclass(frozen=True)
class Sign:
    """A payment or a step of a subscription, where it stands on the line of time."""

    placed_at: datetime
    place: int
    order: tuple[int, str]
    what: Step | Payment


def name_of(what: Step | Payment) -> str:
    """What a sign is called."""
    if isinstance(what, Payment):
        return what.event_type
    return "lapsed" if what.event is None else what.event.event_type


def at_of(what: Step | Payment) -> datetime:
    """When a sign happened."""
    return what.occurred_at if isinstance(what, Payment) else what.at


def id_of(what: Step | Payment | None) -> str | None:
    """The event of a sign; a lapse has none."""
    if isinstance(what, Payment):
        return what.event_id
    return None if what is None or what.event is None else what.event.event_id


def line_of(steps: list[Step], payments: list[Payment]) -> list[Sign]:
    """Failures, successes and steps in the order in which they tell the story."""
    signs = [
        Sign(payment.occurred_at, int(payment.event_type == "succeeded"), (0, payment.event_id), payment)
        for payment in payments
    ]
    for number, step in enumerate(steps):
        placed_at = step.at
        if step.event is None:
            assert step.before.period_end is not None
            placed_at = max(step.at, step.before.period_end + LAPSE_AFTER[step.before.status])
        signs.append(Sign(placed_at, 2, (number, ""), step))
    return sorted(signs, key=lambda sign: (sign.placed_at, sign.place, sign.order))


def _opens(what: Step | Payment, state: State | None) -> bool:
    if isinstance(what, Payment):
        return what.event_type == "failed" and (state is None or state.status != "ended")
    if name_of(what) in ("grace_entered", "hold_entered"):
        return True
    return what.after.status == "ended" and what.before.status in ("grace", "on_hold")


def _closes(what: Step | Payment) -> bool:
    if isinstance(what, Payment):
        return what.event_type == "succeeded"
    return what.after.status == "ended" or name_of(what) in OPENING


def tell(signs: list[Sign]) -> list[Case]:
    """The cases of one subscription, in order."""
    cases: list[Case] = []
    running: Case | None = None
    state: State | None = None
    just_closed: tuple[Case, datetime] | None = None
    for sign in signs:
        what = sign.what
        if running is None and _opens(what, state):
            running = Case(len(cases) + 1, name_of(what), at_of(what), id_of(what), state)
            cases.append(running)
            just_closed = None
        if running is not None:
            if isinstance(what, Payment):
                running.attempts.append(what)
            elif name_of(what) == "grace_entered":
                running.grace_at = running.grace_at or what.at
            elif name_of(what) == "hold_entered":
                running.hold_at = running.hold_at or what.at
            if _closes(what):
                running.closed_by = what
                if isinstance(what, Step) and what.after.status != "ended":
                    just_closed = (running, sign.placed_at)
                running = None
        elif name_of(what) == "succeeded":
            if just_closed is not None and sign.placed_at <= just_closed[1] + LATE_SUCCESS:
                assert isinstance(what, Payment)
                just_closed[0].attempts.append(what)
            just_closed = None
        if isinstance(what, Step):
            state = what.after
    return cases


def why_lost(step: Step) -> tuple[str, str]:
    """The rule and the kind of the end of a lost case."""
    reason = step.event.end_reason if step.event is not None else None
    if reason is not None:
        return "end_reason", KINDS.get(reason, "publisher")
    before = step.before
    by_state = {"on_hold": ("state_hold", "involuntary"), "paused": ("state_pause", "pause"),
                "grace": ("state_grace", "involuntary")}  # fmt: skip
    if before.status in by_state:
        return by_state[before.status]
    if not before.auto_renew:
        return "auto_renew_off", "voluntary"
    return ("stale" if step.event is None else "none"), "unknown"


def days(earlier: datetime | None, later: datetime | None) -> Decimal | None:
    """Days between two instants, whole seconds over 86,400, rounded half up to four decimals."""
    if earlier is None or later is None:
        return None
    seconds = floor(later.timestamp()) - floor(earlier.timestamp())
    return Decimal(floor(Fraction(seconds, 86_400) * 10_000 + Fraction(1, 2))).scaleb(-4)


def converted(amount: Decimal, rate: Fraction) -> Decimal:
    """Money in the reporting currency, rounded half up to four decimals."""
    return Decimal(floor(Fraction(amount) * rate * 10_000 + Fraction(1, 2))).scaleb(-4)


def due_of(case: Case, clock: Clock, rate_on: RateOn) -> Row:
    """What the case owes, from its first failed payment or the price before it."""
    failed = next((one for one in case.attempts if one.event_type == "failed"), None)
    price = case.state.price if case.state is not None else None
    if failed is not None:
        value = converted(failed.amount, rate_on(failed.currency, clock.day(failed.occurred_at)))
        found = ("payment", failed.amount, failed.currency, value)
    elif price is not None:
        has_discount = price.discount_ends_at is None or case.opened_at < price.discount_ends_at
        amount = max(price.amount - (price.discount if has_discount else 0), Decimal(0))
        found = ("price", amount, price.currency, converted(amount, price.rate))
    else:
        found = ("none", Decimal(0), None, NO_MRR)  # type: ignore[assignment]
    state = case.state
    return {
        **dict(zip(("amount_source", "amount_due", "currency", "amount_due_reporting"), found, strict=True)),
        "offer_id": (state and state.offer_id) or NONE,
        "channel": (state and state.channel) or NONE,
        "provider": (failed and failed.provider) or (state and state.provider) or NONE,
        "payment_method": (failed and failed.payment_method) or NONE,
        "failure_code": (failed and failed.failure_code) or NONE,
        "first_failed_event_id": id_of(failed),
        "mrr_at_opening": NO_MRR if state is None else state.mrr_at(case.opened_at),
    }


def row_of(case: Case, subscription_id: str, customer_id: str, clock: Clock, rate_on: RateOn) -> Row:
    """The row of one case in ``fct_dunning_cases``."""
    closed_by = case.closed_by
    closed_at = None if closed_by is None else at_of(closed_by)
    outcome, rule, kind, reason = "open", "unresolved", None, None
    if isinstance(closed_by, Payment):
        outcome, rule, reason = "recovered", "payment", "succeeded"
    elif closed_by is not None and closed_by.after.status != "ended":
        outcome, rule, reason = "recovered", "event", name_of(closed_by)
    elif closed_by is not None:
        outcome, (rule, kind) = "lost", why_lost(closed_by)
        reason = name_of(closed_by)
        if closed_by.event is None:
            closed_at = max([closed_by.at, case.opened_at, *(one.occurred_at for one in case.attempts)])
        elif closed_by.event.end_reason is not None:
            reason = closed_by.event.end_reason
    state = case.state
    period_end = None if state is None else state.period_end
    ended_at_once = case.opened_by in ("ended", "lapsed")
    was_on_hold = ended_at_once and state is not None and state.status == "on_hold"
    paid = next((one for one in case.attempts if one.event_type == "succeeded"), None)
    return {
        "case_id": f"{subscription_id}/{case.number}",
        "customer_id": customer_id,
        "subscription_id": subscription_id,
        "case_number": case.number,
        "opened_by": case.opened_by,
        "due_at": period_end if period_end is not None and period_end <= case.opened_at else case.opened_at,
        "opened_at": case.opened_at,
        "opened_month": month_of(clock.day(case.opened_at)),
        "grace_at": case.grace_at,
        "hold_at": case.hold_at,
        "closed_at": closed_at,
        "outcome": outcome,
        "outcome_rule": rule,
        "outcome_reason": reason,
        "lost_kind": kind,
        "stage": "hold" if case.hold_at or was_on_hold else "grace" if case.grace_at or ended_at_once else "failed",
        "attempts": len(case.attempts),
        **due_of(case, clock, rate_on),
        "received_amount": paid and converted(paid.amount, rate_on(paid.currency, clock.day(paid.occurred_at))),
        "days_to_outcome": days(case.opened_at, closed_at),
        "days_on_hold": days(case.hold_at, closed_at),
        "opening_event_id": case.opening_event_id,
        "closing_event_id": id_of(closed_by),
        "succeeded_event_id": id_of(paid),
    }


def attempts_of(case: Case, row: Row, clock: Clock, rate_on: RateOn) -> list[Row]:
    """The rows of one case in ``fct_dunning_attempts``."""
    return [
        {
            "case_id": row["case_id"],
            "attempt_number": number,
            "event_id": one.event_id,
            "customer_id": row["customer_id"],
            "occurred_at": one.occurred_at,
            "outcome": one.event_type,
            "failure_code": one.failure_code or NONE,
            "amount_reporting": converted(one.amount, rate_on(one.currency, clock.day(one.occurred_at))),
            "days_since_opening": days(case.opened_at, one.occurred_at),
        }
        for number, one in enumerate(case.attempts, start=1)
    ]


def value_of(row: Row, cut: str) -> str:
    """The value of a case for a dimension."""
    return "(all)" if cut == "total" else str(row[cut])


def month_row(rows: list[Row], clock: Clock) -> Row:
    """The measures of the cases of one month and value."""
    measures: Row = {"cases": len(rows), "customers": len({row["customer_id"] for row in rows})}
    due = {"amount": "amount_due_reporting", "mrr": "mrr_at_opening"}
    for outcome in ("recovered", "lost", "open"):
        chosen = [row for row in rows if row["outcome"] == outcome]
        measures[f"{outcome}_cases"] = len(chosen)
        for name, column in due.items():
            measures[f"{name}_{outcome}"] = sum((row[column] for row in chosen), NO_MRR)
    for name, column in due.items():
        measures[f"{name}_due"] = sum((row[column] for row in rows), NO_MRR)
    held = [days(row["hold_at"], row["closed_at"] or clock.as_of) for row in rows if row["hold_at"]]
    spent = {
        outcome: sum((row["days_to_outcome"] for row in rows if row["outcome"] == outcome), NO_MRR)
        for outcome in ("recovered", "lost")
    }
    decided = measures["recovered_cases"] + measures["lost_cases"]
    return measures | {
        "grace_cases": sum(row["stage"] != "failed" for row in rows),
        "hold_cases": sum(row["stage"] == "hold" for row in rows),
        "amount_received": sum((row["received_amount"] or NO_MRR for row in rows), NO_MRR),
        "case_recovery_rate": ratio(measures["recovered_cases"], decided),
        "amount_recovery_rate": ratio(
            measures["amount_recovered"], measures["amount_recovered"] + measures["amount_lost"]
        ),
        "recovery_days": spent["recovered"],
        "mean_days_to_recovery": ratio(spent["recovered"], measures["recovered_cases"]),
        "loss_days": spent["lost"],
        "days_on_hold": sum((one for one in held if one is not None), NO_MRR),
        "is_complete": rows[0]["opened_month"] < month_of(clock.today) and measures["open_cases"] == 0,
    }


def attempt_row(attempts: list[Row]) -> Row:
    """The measures of the attempts with one number."""
    paid = [one for one in attempts if one["outcome"] == "succeeded"]
    return {
        "attempts": len(attempts),
        "failed_attempts": len(attempts) - len(paid),
        "recoveries": len(paid),
        "recovery_rate": ratio(len(paid), len(attempts)),
        "amount_received": sum((one["amount_reporting"] for one in paid), NO_MRR),
        "mean_days_since_opening": ratio(sum((one["days_since_opening"] for one in attempts), NO_MRR), len(attempts)),
    }


def grouped(rows: Iterable[Row], *keys: str) -> dict[tuple[Any, ...], list[Row]]:
    """Rows by the values of some columns."""
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


def compute_dunning(
    events: list[Event],
    rates: Iterable[FxRate],
    payments: list[Payment],
    *,
    as_of: datetime,
    reporting_currency: str,
    timezone: str = "UTC",
) -> dict[str, list[Row]]:
    """The rows of every mart of dunning by table: money and days as Decimal, rates as Fraction."""
    rates = list(rates)
    clock = Clock(as_of.astimezone(UTC), ZoneInfo(timezone))
    rate_on = rate_lookup(rates, clock, reporting_currency)
    subscriptions = {one.subscription_id: one for one in replay(events, rates, clock, reporting_currency)[0]}
    known = [
        one
        for one in payments
        if one.event_type in ("failed", "succeeded")
        and one.subscription_id is not None
        and max(one.occurred_at, one.recorded_at or one.occurred_at) <= clock.as_of
    ]
    cases: list[Row] = []
    attempts: list[Row] = []
    for subscription_id in sorted({*subscriptions, *(str(one.subscription_id) for one in known)}):
        owned = [one for one in known if one.subscription_id == subscription_id]
        subscription = subscriptions.get(subscription_id)
        for case in tell(line_of(subscription.steps if subscription else [], owned)):
            customer_id = subscription.customer_id if subscription else case.attempts[0].customer_id
            row = row_of(case, subscription_id, customer_id, clock, rate_on)
            cases.append(row)
            attempts += attempts_of(case, row, clock, rate_on)
    of_case = {row["case_id"]: row for row in cases}
    cut_cases = [
        row | {"month": row["opened_month"], "dimension": cut, "dimension_value": value_of(row, cut)}
        for row in cases
        for cut in CUTS
    ]
    cut_attempts = [
        one | {"dimension": cut, "dimension_value": value_of(of_case[one["case_id"]], cut)}
        for one in attempts
        for cut in CUTS[:-1]
    ]
    monthly, by_attempt = ("month", "dimension", "dimension_value"), ("dimension", "dimension_value", "attempt_number")
    return {
        "fct_dunning_cases": cases,
        "fct_dunning_attempts": attempts,
        "fct_dunning_monthly": [
            dict(zip(monthly, key, strict=True)) | month_row(rows, clock)
            for key, rows in grouped(cut_cases, *monthly).items()
        ],
        "fct_dunning_by_attempt": [
            dict(zip(by_attempt, key, strict=True)) | attempt_row(rows)
            for key, rows in grouped(cut_attempts, *by_attempt).items()
        ],
    }
