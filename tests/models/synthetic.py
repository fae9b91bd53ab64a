"""A small world for the tests of the churn science: subscribers whose viewing fades before they leave.

Belongs here: the generator of ``ScoringInputs`` with a known mechanism. Does not belong here: the simulator of the
product, which is larger and has its own tests.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from models.inputs import ScoringInputs

Array = npt.NDArray[np.int64]
EPOCH = date(1970, 1, 1)
AS_OF = datetime.fromisoformat("2025-06-01T04:00:00")
PRICE = {"month": 9.99, "year": 99.0}


def timestamps(days: Array, hour: float = 9.0) -> pl.Series:
    """Naive UTC timestamps at ``hour`` of each day number."""
    return pl.Series(days * 86_400_000_000 + int(hour * 3_600_000_000)).cast(pl.Datetime("us"))


class World:
    """Draws lives of ``customers`` over ``history_days`` up to ``as_of`` and writes them as feeds."""

    def __init__(self, customers: int, history_days: int, as_of: datetime, seed: int, loyalty: float = 1.0) -> None:
        self.rng = np.random.default_rng(seed)
        self.as_of = as_of
        self.last_day = (as_of.date() - EPOCH).days
        self.loyalty = loyalty
        self.size = customers
        self.start = self.last_day - self.rng.integers(1, history_days, customers)
        self.yearly = self.rng.random(customers) < 0.15
        self.habit = self.rng.beta(2, 4, customers)
        self.left = np.full(customers, np.iinfo(np.int64).max)
        self.events: list[pl.DataFrame] = []
        self.payments: list[pl.DataFrame] = []

    def event(self, who: Array, kind: str, days: Array, **columns: object) -> None:
        """One event of ``kind`` for each of ``who``, dropped where it lies after ``as_of``."""
        keep = days < self.last_day
        names = pl.Series(who[keep]).cast(pl.String).str.zfill(7)
        values = {key: value[keep] if isinstance(value, np.ndarray) else value for key, value in columns.items()}
        self.events.append(
            pl.DataFrame({"customer_id": "c" + names, "subscription_id": "s" + names, **values}).with_columns(
                event_type=pl.lit(kind), occurred_at=timestamps(days[keep])
            )
        )

    def priced(self, who: Array, kind: str, days: Array, ends: Array) -> None:
        """An event that sets price and period."""
        yearly = self.yearly[who]
        self.event(
            who,
            kind,
            days,
            amount=np.where(yearly, PRICE["year"], PRICE["month"]),
            billing_interval=np.where(yearly, "year", "month"),
            end=ends,
        )

    def pay(self, who: Array, kind: str, days: Array) -> None:
        """A payment event for each of ``who``."""
        keep = days < self.last_day
        names = "c" + pl.Series(who[keep]).cast(pl.String).str.zfill(7)
        frame = pl.DataFrame({"customer_id": names}).with_columns(
            event_type=pl.lit(kind), occurred_at=timestamps(days[keep])
        )
        self.payments.append(frame)

    def live(self) -> None:
        """Renewals, cancellations and failed payments, period after period, until nobody has a period to end."""
        length = np.where(self.yearly, 365, 30)
        alive = np.arange(self.size)
        self.priced(alive, "started", self.start, self.start + length)
        ends = self.start + length
        while (alive := alive[ends[alive] < self.last_day + 400]).size:
            draw = self.rng.random(alive.size)
            leaving = draw < np.clip((0.16 - 0.28 * self.habit[alive]) / self.loyalty, 0.01, None)
            failing = ~leaving & (draw > 0.96)
            gone, failed, stay = alive[leaving], alive[failing], alive[~leaving & ~failing]
            self.event(gone, "cancel_scheduled", ends[gone] - self.rng.integers(1, 25, gone.size))
            self.event(gone, "ended", ends[gone], end_reason="customer_cancelled")
            self.event(failed, "grace_entered", ends[failed])
            self.pay(failed, "failed", ends[failed])
            self.event(failed, "ended", ends[failed] + 7, end_reason="payment_failed")
            self.left[gone], self.left[failed] = ends[gone], ends[failed] + 7
            self.priced(stay, "renewed", ends[stay], ends[stay] + length[stay])
            self.pay(stay, "succeeded", ends[stay])
            ends[stay] += length[stay]
            alive = stay

    def viewing(self) -> pl.DataFrame:
        """Active days by habit, fading in the five weeks before the end; recorded early the next day."""
        first = np.maximum(self.start, self.last_day - 240)
        days = np.arange(first.min(), self.last_day)
        frames = []
        for chunk in np.array_split(np.arange(self.size), max(1, self.size // 5000)):
            grid = days[None, :]
            left = np.minimum(self.left[chunk], self.last_day + 400)[:, None]
            fading = np.clip((left - grid) / 35, 0.1, 1.0)
            there = (grid >= first[chunk][:, None]) & (grid < left)
            row, column = np.nonzero(there & (self.rng.random(there.shape) < self.habit[chunk][:, None] * fading))
            names = "c" + pl.Series(chunk[row]).cast(pl.String).str.zfill(7)
            frames.append(
                pl.DataFrame(
                    {"customer_id": names, "activity_date": pl.Series(days[column]).cast(pl.Int32).cast(pl.Date)}
                )
            )
        table = pl.concat(frames)
        recorded = pl.col("activity_date").cast(pl.Datetime("us")) + timedelta(days=1, hours=3)
        minutes = self.rng.gamma(2.0, 30.0, table.height).round(2)
        return table.with_columns(minutes_watched=pl.Series(minutes), recorded_at=recorded)


def make_inputs(
    customers: int = 600,
    history_days: int = 400,
    as_of: datetime = AS_OF,
    seed: int = 1,
    loyalty: float = 1.0,
) -> ScoringInputs:
    """The inputs of a drawn world; a larger ``loyalty`` makes for fewer voluntary churners."""
    world = World(customers, history_days, as_of, seed, loyalty)
    world.live()
    money = pl.Decimal(18, 4)
    events = (
        pl.concat(world.events, how="diagonal")
        .sort("occurred_at", "subscription_id")
        .with_row_index("n")
        .select(
            event_id=pl.format("e{}", "n"),
            event_type="event_type",
            occurred_at="occurred_at",
            recorded_at=pl.col("occurred_at") + timedelta(minutes=5),
            customer_id="customer_id",
            subscription_id="subscription_id",
            offer_id=pl.col("billing_interval"),
            amount=pl.col("amount").cast(money),
            discount_amount=pl.lit(0).cast(money),
            discount_ends_at=pl.lit(None, pl.Datetime("us")),
            currency=pl.when(pl.col("amount").is_not_null()).then(pl.lit("EUR")),
            billing_interval="billing_interval",
            billing_interval_count=pl.lit(1),
            period_end=(pl.col("end").cast(pl.Int32).cast(pl.Date).cast(pl.Datetime("us")) + timedelta(hours=9)),
            channel=pl.lit("web"),
            provider=pl.when(pl.col("subscription_id").str.ends_with("3"))
            .then(pl.lit("roku"))
            .otherwise(pl.lit("stripe")),
            coupon_code=pl.lit(None, pl.String),
        )
    )
    payments = pl.concat(world.payments).with_columns(recorded_at=pl.col("occurred_at") + timedelta(minutes=5))
    names = "c" + pl.Series(np.arange(customers)).cast(pl.String).str.zfill(7)
    left = np.where(world.left < world.last_day, world.left, -1)
    paying = pl.DataFrame(
        {
            "customer_id": names,
            "valid_from": pl.Series(world.start).cast(pl.Int32).cast(pl.Date),
            "valid_to": pl.Series(left).cast(pl.Int32).cast(pl.Date),
            "mrr": pl.Series(np.where(world.yearly, PRICE["year"] / 12, PRICE["month"])).cast(money),
        }
    ).with_columns(valid_to=pl.when(pl.col("valid_to") > EPOCH).then("valid_to"))
    tickets = pl.DataFrame(
        schema={
            "ticket_id": pl.String,
            "customer_id": pl.String,
            "opened_at": pl.Datetime("us"),
            "csat": pl.Float64,
            "recorded_at": pl.Datetime("us"),
        }
    )
    people = pl.DataFrame({"customer_id": names, "registered_at": timestamps(world.start)}).with_columns(
        country=pl.lit("PL"), acquisition_channel=pl.lit("organic")
    )
    return ScoringInputs(
        paying=paying,
        subscription_events=events,
        payment_events=payments,
        engagement_daily=world.viewing(),
        support_tickets=tickets,
        customers=people,
        as_of=as_of,
        lapse_days=(35, 60),
    )
