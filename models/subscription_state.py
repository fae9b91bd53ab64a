"""The state of each subscription as it was known at the close of a day.

Belongs here: the house's state rules applied to the events known by then; the warehouse knows only the newest
version of the past, training needs the version of the day.
Does not belong here: MRR and who is paying (the warehouse hands that over), behaviour (``models.behaviour``).
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

OPENING_TYPES = ("trial_started", "started", "trial_converted", "renewed", "recovered", "resumed")
PRICED_TYPES = ("trial_started", "started", "trial_converted", "renewed", "plan_changed")
RENEWING_TYPES = ("trial_started", "started", "trial_converted")
STATUS_OF_TYPE = {
    "trial_started": "trial",
    "started": "active",
    "trial_converted": "active",
    "renewed": "active",
    "recovered": "active",
    "resumed": "active",
    "grace_entered": "grace",
    "hold_entered": "on_hold",
    "paused": "paused",
    "ended": "ended",
}
PAYING_STATUSES = ("active", "grace")
LAPSING_STATUSES = ("trial", "active", "grace")
# Amounts are decimals turned to floats: a rise is one beyond their rounding.
_SMALLEST_RISE = 1.0005


def subscription_states(
    events: pl.DataFrame, day: int, closes_at: datetime, lapse_days: tuple[int, int]
) -> pl.DataFrame:
    """The state at the close of ``day`` of every subscription of which anything is known by then.

    ``events``: ``Knowledge.subscription_events``, one row an event; ``closes_at``: the instant of the close;
    ``lapse_days``: how long a period may be over in trial or active, and in grace.
    Returns one row a subscription:
    subscription, customer, live (has MRR), status, auto_renew, the day of the last cancellation still standing,
    number of cancellations taken back, price and discount in force, days to the end of the period, last price
    rise and plan change, offer, channel, provider, and how it began. Prices are a month's, in billing currency.
    """
    rows = _applied(events.filter(pl.col("known_day") <= day), lapse_days)
    # A period that ended long ago without a word ended the subscription too.
    waits = _waits(pl.col("status") == "grace", lapse_days)
    lapsed = (pl.col("period_end") + waits < closes_at).fill_null(value=False)
    lapsed = lapsed & pl.col("status").is_in(LAPSING_STATUSES)
    discounted = (pl.col("discount_end_day") > day).fill_null(value=True)
    return (
        _last_states(rows)
        .join(_price_rises(rows, day), on="subscription", how="left")
        .with_columns(
            status=pl.when(pl.col("open") & ~lapsed).then("status").otherwise(pl.lit("ended")),
            discount_share=pl.when(discounted).then("discount_share").otherwise(0.0),
        )
        .with_columns(
            live=pl.col("status").is_in(PAYING_STATUSES)
            & (pl.col("monthly_price") > 0).fill_null(value=False)
            & (pl.col("discount_share") < 1).fill_null(value=True),
            days_to_period_end=pl.col("period_end_day") - day,
            days_to_discount_end=pl.when(pl.col("discount_end_day") > day).then(pl.col("discount_end_day") - day),
            days_since_discount_end=pl.when(pl.col("discount_end_day") <= day).then(day - pl.col("discount_end_day")),
            days_since_cancel=pl.when(~pl.col("auto_renew")).then(day - pl.col("cancel_day")),
            days_in_grace=pl.when(pl.col("status") == "grace").then(day - pl.col("status_day")),
        )
        .drop("open", "cancel_day", "status_day", "period_end", "period_end_day", "discount_end_day")
    )


def main_subscriptions(states: pl.DataFrame) -> pl.DataFrame:
    """The subscription that brings each customer most a month: one row a customer.

    Live ones go first, then the larger price after discount, then the smaller subscription_id.
    """
    net = pl.col("monthly_price") * (1 - pl.col("discount_share"))
    return (
        states.with_columns(live_subscriptions=pl.col("live").sum().over("customer"), net=net.fill_null(0.0))
        .sort(["customer", "live", "net", "subscription"], descending=[False, True, True, False])
        .unique("customer", keep="first", maintain_order=True)
        .drop("net")
    )


def _applied(rows: pl.DataFrame, lapse_days: tuple[int, int]) -> pl.DataFrame:
    """Mark the events that count: ``applies`` (changes state) and ``reopens`` (the first opening, or after an end).

    Events before the first opening or between an end and the next opening change nothing. A subscription that
    lapsed before an event was at its end by then. Events that name another customer than the first are dropped.
    """
    event_type = pl.col("event_type")
    opening = event_type.is_in(OPENING_TYPES)
    first = (pl.col("subscription") != pl.col("subscription").shift(1)).fill_null(value=True)
    rows = rows.with_columns(first=first, opening=opening)
    rows = rows.filter(pl.col("customer") == pl.when("first").then("customer").forward_fill()).with_row_index("row")
    rows = rows.with_columns(first_row=pl.when("first").then("row").forward_fill())
    rows = rows.with_columns(lapsed=pl.lit(value=False)).with_columns(open_before=_open_before())
    # Whether a period lapsed depends on which events before it counted, and the other way round: each pass settles
    # one lapse more of every subscription, and few have two.
    while True:
        rows = rows.with_columns(lapsed=_lapsed_before(pl.col("opening") | pl.col("open_before"), lapse_days))
        settled = rows.with_columns(open_before=_open_before())
        if settled["open_before"].equals(rows["open_before"]):
            break
        rows = settled
    return settled.with_columns(
        applies=pl.col("opening") | pl.col("open_before"),
        reopens=pl.col("opening") & ~pl.col("open_before"),
        open=_open_after(),
    )


def _open_after() -> pl.Expr:
    """Whether the subscription is open after each event: since its last opening nothing closed it."""
    closes = (pl.col("event_type") == "ended") | pl.col("lapsed") | pl.col("first")
    return pl.when("opening").then(statement=True).when(closes).then(statement=False).forward_fill()


def _open_before() -> pl.Expr:
    """Whether the subscription is open as each event comes in."""
    return _open_after().shift(1).fill_null(value=False) & ~pl.col("first") & ~pl.col("lapsed")


def _waits(in_grace: pl.Expr, lapse_days: tuple[int, int]) -> pl.Expr:
    """How long after the end of a period a subscription lapses."""
    lapse, grace_lapse = lapse_days
    return pl.when(in_grace).then(pl.duration(days=grace_lapse)).otherwise(pl.duration(days=lapse))


def _lapsed_before(counts: pl.Expr, lapse_days: tuple[int, int]) -> pl.Expr:
    """Whether the period ran out so long before each event that the subscription had ended, given what counts.

    Not on hold or in a pause, where no period runs, nor after an end.
    """
    status = pl.col("event_type")
    ran_out = _value_before("period_end", counts & pl.col("period_end").is_not_null())
    stopped = _value_before("event_type", counts & status.is_in(list(STATUS_OF_TYPE)))
    # Grace in a trial stays trial.
    base = _value_before(
        "event_type", counts & status.is_in([name for name in STATUS_OF_TYPE if name != "grace_entered"])
    )
    in_grace = (stopped == "grace_entered") & (base != "trial_started").fill_null(value=True)
    late = ran_out + _waits(in_grace.fill_null(value=False), lapse_days) < pl.col("occurred_at")
    return (late & ~stopped.is_in(["hold_entered", "paused", "ended"])).fill_null(value=False)


def _value_before(column: str, mask: pl.Expr) -> pl.Expr:
    """The value of ``column`` in the last row of the same subscription before this one where ``mask`` holds."""
    before = pl.when(mask).then("row").forward_fill().shift(1)
    return pl.when(before >= pl.col("first_row")).then(pl.col(column).gather(before))


def _last_states(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a subscription: the last value of each column among the events that set it."""
    event_type = pl.col("event_type")
    applies = pl.col("applies")
    turned_off = applies & (event_type == "cancel_scheduled")
    turned_on = event_type.is_in(RENEWING_TYPES) | pl.col("reopens") | (applies & (event_type == "cancel_reverted"))
    is_status = applies & event_type.is_in(list(STATUS_OF_TYPE))
    priced = applies & event_type.is_in(PRICED_TYPES)
    period = applies & pl.col("period_end_day").is_not_null()
    monthly_price = pl.col("amount") / pl.col("billing_months")
    discount_share = (pl.col("discount") / pl.col("amount")).fill_nan(0.0).clip(0.0, 1.0)
    sources = {
        "status_type": ("event_type", is_status),
        "status_before_grace": ("event_type", is_status & (event_type != "grace_entered")),
        "status_day": ("day", is_status),
        "renewal_type": ("event_type", turned_off | turned_on),
        "cancel_day": ("day", turned_off),
        "period_end": ("period_end", period),
        "period_end_day": ("period_end_day", period),
        "monthly_price": ("monthly_price", priced),
        "discount_share": ("discount_share", priced),
        "discount_end_day": ("discount_end_day", priced),
        "billing_months": ("billing_months", priced),
        "currency": ("currency", priced),
        **{name: (name, applies & pl.col(name).is_not_null()) for name in ("offer_id", "channel", "provider")},
    }
    rows = rows.with_columns(monthly_price=monthly_price, discount_share=discount_share)
    marks = rows.with_columns(
        [pl.when(mask).then("row").forward_fill().alias(f"{name}_row") for name, (_, mask) in sources.items()]
    )
    last = (pl.col("subscription") != pl.col("subscription").shift(-1)).fill_null(value=True)
    ends = marks.filter(last).select(
        "subscription",
        "customer",
        "open",
        *[pl.when(pl.col(f"{name}_row") >= pl.col("first_row")).then(f"{name}_row").alias(name) for name in sources],
    )
    ends = ends.with_columns([rows[column].gather(ends[name]).alias(name) for name, (column, _) in sources.items()])
    counts = rows.group_by("subscription").agg(
        cancel_reverts=(applies & (event_type == "cancel_reverted")).sum(),
        began_with_trial=(event_type == "trial_started").any(),
        began_with_coupon=pl.col("has_coupon").first(),
    )
    status = pl.col("status_type").cast(pl.String).replace_strict(STATUS_OF_TYPE, default=None)
    trial_unpaid = (pl.col("status_type") == "grace_entered") & (pl.col("status_before_grace") == "trial_started")
    return (
        ends.join(counts, on="subscription", how="left")
        .with_columns(
            status=pl.when(trial_unpaid).then(pl.lit("trial")).otherwise(status),
            auto_renew=pl.col("renewal_type") != "cancel_scheduled",
        )
        .drop("status_type", "status_before_grace", "renewal_type")
    )


def _price_rises(rows: pl.DataFrame, day: int) -> pl.DataFrame:
    """For subscriptions with one: the size and age of the last price rise, and of the last step down in plan.

    A rise is a higher amount for the same currency and billing interval than the priced event before, at a
    renewal or a change of the same offer; a plan change to a lower monthly price is a downgrade.
    """
    monthly = pl.col("amount") / pl.col("billing_months")
    same = pl.all_horizontal(
        pl.col(name) == pl.col(name).shift(1) for name in ("subscription", "currency", "billing_months")
    )
    same_offer = pl.col("offer_id").eq_missing(pl.col("offer_id").shift(1))
    changes = rows.filter(pl.col("applies") & pl.col("event_type").is_in(PRICED_TYPES)).select(
        "subscription",
        "day",
        "event_type",
        rise=pl.when(same & same_offer & (pl.col("amount").shift(1) > 0)).then(
            pl.col("amount") / pl.col("amount").shift(1)
        ),
        step=pl.when(pl.col("subscription") == pl.col("subscription").shift(1)).then(monthly / monthly.shift(1)),
    )
    risen = pl.col("rise") > _SMALLEST_RISE
    down = (pl.col("event_type") == "plan_changed") & (pl.col("step") * _SMALLEST_RISE < 1)
    return (
        changes.filter(risen | down)
        .group_by("subscription")
        .agg(
            days_since_price_rise=day - pl.col("day").filter(risen).last(),
            price_rise_share=pl.col("rise").filter(risen).last() - 1,
            price_rises=risen.sum(),
            days_since_downgrade=day - pl.col("day").filter(down).last(),
        )
    )
