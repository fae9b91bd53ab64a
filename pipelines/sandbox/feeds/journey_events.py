"""The ``journey_events`` feed: the way from a first visit to a checkout, finished or not.

Belongs here: visitors and their steps. Does not belong here: what they buy (``openings``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from pipelines.contract.vocabulary import JOURNEY_STEPS
from pipelines.sandbox import catalogue, markets
from pipelines.sandbox.feeds import checkout_steps
from pipelines.sandbox.feeds.columns import identifier, in_order_of_telling, name_of, timestamp
from pipelines.sandbox.feeds.files import write_monthly
from pipelines.sandbox.ledger import NONE
from pipelines.sandbox.lifecycle import History
from pipelines.sandbox.population import instants_in_days
from pipelines.sandbox.streams import Stage, stream
from pipelines.sandbox.window import DAY, HOUR, MINUTE, Integers

_TOLD_BY_STEP = ("device", "payment_method", "error_code", "coupon_code")
STRANGERS_PER_CUSTOMER = 2.0
"""Visitors who never register, for each registered customer."""

VISITED, PAYWALL, REGISTERED, CHECKOUT, COMPLETED, ABANDONED = range(len(JOURNEY_STEPS))


def write(history: History, seed: int, folder: Path) -> int:
    """Write the feed; returns the rows written, repeated ones included."""
    rng = stream(seed, Stage.JOURNEY_EVENTS)
    steps = pl.concat([_registrations(history, rng), _checkouts(history, rng), _strangers(history, rng)])
    told = in_order_of_telling(steps.sort("at", "visitor", "step"), history.window, rng)
    campaigns = markets.CAMPAIGNS
    frame = told.select(
        event_id=identifier("je-", pl.col("number"), 9),
        event_type=name_of(pl.col("step"), JOURNEY_STEPS),
        occurred_at=timestamp(pl.col("at")),
        visitor_id=identifier("V", pl.col("visitor")),
        recorded_at=timestamp(pl.col("recorded")),
        customer_id=identifier("C", pl.col("customer")),
        channel=name_of(pl.col("campaign"), [row.channel for row in campaigns]),
        campaign=name_of(pl.col("campaign"), [None if row.name == "none" else row.name for row in campaigns]),
        offer_id=name_of(pl.col("offer"), [offer.offer_id for offer in catalogue.OFFERS]),
        **{name: pl.lit(None, pl.String) for name in _TOLD_BY_STEP},
    )
    rows = write_monthly(frame, "journey_events", folder, rng)
    return rows + checkout_steps.write(history, _began(steps), seed, folder)


def _began(steps: pl.DataFrame) -> pl.DataFrame:
    """The checkouts that were begun, each with its end: visitor, customer, offer, began_at, ended_at, is_completed."""
    checkouts = steps.filter(pl.col("step") >= CHECKOUT).sort("customer", "at", "step")
    following = [pl.col(name).shift(-1).over("customer") for name in ("at", "step")]
    return (
        checkouts.with_columns(ended_at=following[0], is_completed=following[1] == COMPLETED)
        .filter(pl.col("step") == CHECKOUT)
        .rename({"at": "began_at"})
        .sort("began_at", "customer")
    )


def _steps(
    step: int,
    visitor: Integers,
    at: Integers,
    campaign: Integers,
    *,
    customer: Integers | int = NONE,
    offer: Integers | int = NONE,
) -> pl.DataFrame:
    count = len(visitor)
    return pl.DataFrame(
        {
            "step": np.full(count, step),
            "visitor": visitor,
            "at": at,
            "campaign": campaign,
            "customer": np.broadcast_to(np.asarray(customer, dtype=np.int64), count),
            "offer": np.broadcast_to(np.asarray(offer, dtype=np.int64), count),
        }
    )


def _registrations(history: History, rng: np.random.Generator) -> pl.DataFrame:
    """Visit, paywall and registration of every customer; some who never subscribe leave at the checkout."""
    people = history.people
    everyone = np.arange(people.size)
    paywall = people.registered_at - rng.integers(40, 10 * MINUTE, people.size)
    visited = paywall - rng.integers(5, HOUR, people.size)
    hesitant = np.flatnonzero((people.first_start == 0) & (rng.random(people.size) < 0.4))
    started = people.registered_at[hesitant] + rng.integers(30, HOUR, len(hesitant))
    left = started + rng.integers(MINUTE, HOUR, len(hesitant))
    campaign, offer = people.campaign, people.offer
    return pl.concat(
        [
            _steps(VISITED, everyone, visited, campaign),
            _steps(PAYWALL, everyone, paywall, campaign, offer=offer),
            _steps(REGISTERED, everyone, people.registered_at, campaign, customer=everyone),
            _steps(CHECKOUT, hesitant, started, campaign[hesitant], customer=hesitant, offer=offer[hesitant]),
            _steps(ABANDONED, hesitant, left, campaign[hesitant], customer=hesitant, offer=offer[hesitant]),
        ]
    )


def _checkouts(history: History, rng: np.random.Generator) -> pl.DataFrame:
    """The checkout of every start; who comes back visits first."""
    openings = history.openings
    customer, at = openings["customer"].to_numpy(), openings["at"].to_numpy()
    offer, again = openings["offer"].to_numpy(), openings["first"].to_numpy() == 0
    campaign = history.people.campaign[customer]
    started = at - rng.integers(20, 100, len(at))
    visited = started[again] - rng.integers(MINUTE, HOUR, int(again.sum()))
    return pl.concat(
        [
            _steps(VISITED, customer[again], visited, campaign[again], customer=customer[again]),
            _steps(CHECKOUT, customer, started, campaign, customer=customer, offer=offer),
            _steps(COMPLETED, customer, at, campaign, customer=customer, offer=offer),
        ]
    )


def _strangers(history: History, rng: np.random.Generator) -> pl.DataFrame:
    """Visitors who never register; half of them see the paywall."""
    people, window = history.people, history.window
    count = int(STRANGERS_PER_CUSTOMER * people.size)
    visitor = people.size + np.arange(count)
    # They come when customers come: at the days of registrations, shifted by up to a week.
    day = people.registered_at[rng.integers(0, people.size, count)] // DAY + rng.integers(-7, 8, count)
    day = np.clip(day, window.start // DAY, window.end // DAY - 1)
    visited = instants_in_days(rng, day)
    campaign = rng.choice(len(markets.CAMPAIGNS), size=count, p=[row.share for row in markets.CAMPAIGNS])
    sees = rng.random(count) < 0.5
    paywall = visited[sees] + rng.integers(5, 20 * MINUTE, int(sees.sum()))
    offer = rng.integers(0, len(catalogue.OFFERS), int(sees.sum()))
    return pl.concat(
        [
            _steps(VISITED, visitor, visited, campaign),
            _steps(PAYWALL, visitor[sees], paywall, campaign[sees], offer=offer),
        ]
    )
