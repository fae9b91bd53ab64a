"""What the ``journey_events`` feed tells of checkouts by step and of what customers do in their account.

The rows are files of their own beside the journeys, with chances of their own: the journeys stay as they are.

Belongs here: the steps between the start of a checkout and its end, and the actions. Does not belong here: who comes to
a checkout (``journey_events``), what customers do with their subscriptions (``pipelines.sandbox.lifecycle``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract.vocabulary import ACCOUNT_ACTIONS, CHECKOUT_STEPS
from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.feeds.columns import identifier, in_order_of_telling, name_of, timestamp
from pipelines.sandbox.feeds.files import write_monthly
from pipelines.sandbox.ledger import EVENT, FAILURE_CODES, NONE
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.streams import Stage, stream
from pipelines.sandbox.window import DAY, MINUTE

DECLINED_FIRST_SHARE = 0.06
"""Completed checkouts whose first payment is declined."""

REACHES_METHOD_SHARE, REACHES_PAYMENT_SHARE = 0.65, 0.35
"""Abandoned checkouts in which a payment method is chosen, and in which it is submitted and declined."""

IN_ACCOUNT_SHARE = 0.7
"""What customers of the web shop do by themselves; of the others support does it, and stores tell nothing."""

_ACTIONS = {
    "cancel_scheduled": "cancelled",
    "cancel_reverted": "reactivated",
    "plan_changed": "plan_switched",
    "paused": "paused",
    "recovered": "card_updated",
}
"""What customers do in their account, by the event of the subscription that it brings about."""

_NAMES = (*CHECKOUT_STEPS, *ACCOUNT_ACTIONS)
_CODE = {name: code for code, name in enumerate(_NAMES)}
_DEVICES = ("desktop", "phone", "tablet")
_DEVICE_SHARES = (0.40, 0.52, 0.08)
_DEVICE_OF_STORE = {"ios": "phone", "android": "phone", "roku": "television", "fire_tv": "television"}


def write(history: History, began: pl.DataFrame, seed: int, folder: Path) -> int:
    """Write the rows; ``began`` has visitor, customer, offer, began_at, ended_at and is_completed a checkout."""
    rng = stream(seed, Stage.CHECKOUT_STEPS)
    rows = pl.concat([_steps(history, began, rng), _actions(history, rng)])
    told = in_order_of_telling(rows.sort("at", "customer", "code"), history.window, rng)
    frame = told.select(
        event_id=identifier("js-", pl.col("number"), 9),
        event_type=name_of(pl.col("code"), _NAMES),
        occurred_at=timestamp(pl.col("at")),
        visitor_id=identifier("V", pl.col("customer")),
        recorded_at=timestamp(pl.col("recorded")),
        customer_id=identifier("C", pl.col("customer")),
        channel=pl.lit(None, pl.String),
        campaign=pl.lit(None, pl.String),
        offer_id=name_of(pl.col("offer"), [offer.offer_id for offer in catalogue.OFFERS]),
        device=pl.col("device"),
        payment_method=name_of(pl.col("method"), markets.METHODS),
        error_code=name_of(pl.col("error"), FAILURE_CODES),
        coupon_code=name_of(pl.col("coupon"), catalogue.COUPON_CODES),
    )
    return write_monthly(frame, "journey_events", folder, rng, name="checkout_steps")


def _steps(history: History, began: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """The steps of each checkout, in the order in which they are taken, between its start and its end."""
    people, count = history.people, began.height
    customer = began["customer"].to_numpy()
    reach, device = rng.random(count), rng.choice(_DEVICES, size=count, p=_DEVICE_SHARES)
    is_completed = began["is_completed"].to_numpy()
    is_declined = np.where(is_completed, reach < DECLINED_FIRST_SHARE, reach < REACHES_PAYMENT_SHARE)
    channels = [provider.channel for provider in markets.PROVIDERS]
    tries = began.with_columns(
        span=pl.col("ended_at") - pl.col("began_at"),
        coupon=pl.Series(people.coupon[customer], dtype=pl.Int64),
        error=pl.Series(rng.integers(0, len(FAILURE_CODES), count), dtype=pl.Int64),
        method=pl.Series(people.method[customer], dtype=pl.Int64),
        device=pl.Series(
            [
                _DEVICE_OF_STORE.get(channels[provider], drawn)
                for provider, drawn in zip(people.provider[customer], device.tolist(), strict=True)
            ],
            dtype=pl.String,
        ),
        has_method=pl.Series(is_completed | (reach < REACHES_METHOD_SHARE), dtype=pl.Boolean),
        is_declined=pl.Series(is_declined, dtype=pl.Boolean),
    )
    pays = pl.col("is_completed") | pl.col("is_declined")
    # Half a minute before the start, but on its day: what a visitor does on a day is one try.
    chosen_at = pl.max_horizontal(pl.col("began_at") - 30, pl.col("began_at") // DAY * DAY)
    return pl.concat(
        [
            _step(tries, "offer_chosen", chosen_at),
            _step(tries.filter("has_method"), "payment_method_chosen", _within(0.25), knows="method"),
            _step(tries.filter(pays), "payment_submitted", _within(0.5), knows="method"),
            _step(tries.filter("is_declined"), "payment_declined", _within(0.6), knows="error"),
            _step(tries.filter("is_completed"), "payment_authorised", _within(0.9), knows="method"),
        ]
    )


def _within(share: float) -> pl.Expr:
    return pl.col("began_at") + (share * pl.col("span")).cast(pl.Int64)


def _step(tries: pl.DataFrame, name: str, at: pl.Expr, *, knows: str = "offer") -> pl.DataFrame:
    known = {"offer": ("offer", "coupon"), "method": ("method",), "error": ("method", "error")}[knows]
    return tries.select(
        "customer",
        at=at,
        code=pl.lit(_CODE[name], pl.Int64),
        device=pl.col("device"),
        **{
            column: pl.col(column) if column in known else pl.lit(NONE, pl.Int64)
            for column in ("offer", "coupon", "method", "error")
        },
    )


def _actions(history: History, rng: np.random.Generator) -> pl.DataFrame:
    """What customers of the web shop did in their account, a moment before their subscription tells of it."""
    named = {EVENT[event]: _CODE[action] for event, action in _ACTIONS.items()}
    web = [position for position, provider in enumerate(markets.PROVIDERS) if provider.channel == "web"]
    # Adyen tells of a new price as a changed plan, too; the customer switched where the offer is another one.
    is_switch = pl.col("offer") != pl.col("offer").shift(1).over("subscription", order_by="at")
    events = (
        history.subscription_events.filter(is_switch | (pl.col("type") != EVENT["plan_changed"]))
        .filter(pl.col("type").is_in(list(named)), pl.col("provider").is_in(web))
        .sort("at", "subscription", "type")
    )
    chosen = events.filter(pl.Series(rng.random(events.height) < IN_ACCOUNT_SHARE, dtype=pl.Boolean))
    before = pl.Series(rng.integers(1, MINUTE, chosen.height), dtype=pl.Int64)
    nothing = pl.lit(NONE, pl.Int64)
    return chosen.select(
        "customer",
        at=pl.col("at") - before,
        code=pl.col("type").replace_strict(named, return_dtype=pl.Int64),
        device=pl.Series(rng.choice(_DEVICES, size=chosen.height, p=_DEVICE_SHARES).tolist(), dtype=pl.String),
        offer=pl.col("offer"),
        coupon=nothing,
        method=nothing,
        error=nothing,
    )
