"""What a model is trained on: features of past days, who paid when, and the time as of which that is known.

Belongs here: the shape of the inputs, their check, the calendar, and which days are settled. Does not belong here:
reading them from a warehouse (the caller does), features (dbt), the target (``models.target``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from models.estimators import Booleans, Floats
from models.features import NAMES, model_frame
from models.target import churned_by, kinds_by

_SAMPLE_KEY = b"which customers a churn model learns from"
PAYING_COLUMNS = ("customer_id", "valid_from", "valid_to", "mrr")


@dataclass(frozen=True, eq=False)
class History:
    """Everything that training and scoring may look at.

    ``features``: customer_id, subscription_id, feature_date and ``NAMES``, one row a customer and day, as known at
    its close. ``paying``: spans of constant positive closing MRR, half open in days, with ``ended_by``, the kind of
    churn that ended one, where it is known. ``as_of`` (naive UTC) is now; ``settling_days``: how long after a day the
    newest silent end before it becomes known.
    """

    features: pl.DataFrame
    paying: pl.DataFrame
    as_of: datetime
    time_zone: str = "UTC"
    settling_days: int = 60

    def __post_init__(self) -> None:
        if self.as_of.tzinfo is not None:
            raise ValueError("as_of must be a naive UTC timestamp: convert it to UTC and drop its offset.")
        needed = ("customer_id", "subscription_id", "feature_date", *NAMES)
        for label, frame, columns in (("features", self.features, needed), ("paying", self.paying, PAYING_COLUMNS)):
            missing = [name for name in columns if name not in frame.columns]
            if missing:
                raise ValueError(f"The scoring input {label} lacks the columns {', '.join(missing)}: build again.")

    @property
    def scoring_day(self) -> date:
        """The calendar day of ``as_of``; its closing state is the state at ``as_of``."""
        return self.as_of.replace(tzinfo=UTC).astimezone(ZoneInfo(self.time_zone)).date()

    def settled_days(self, horizon_days: int) -> tuple[date, ...]:
        """The feature days, oldest first, whose outcome nothing but a correction can change any more."""
        newest = self.scoring_day - timedelta(days=1 + horizon_days + self.settling_days)
        days = self.features["feature_date"].unique().sort().to_list()
        return tuple(day for day in days if day <= newest)

    def sample(self, days: tuple[date, ...], horizon_days: int) -> Sample:
        """The customers of ``days`` one below the other, by day and customer, with who had left a horizon later."""
        rows = self.features.filter(pl.col("feature_date").is_in(list(days))).sort("feature_date", "customer_id")
        churned = churned_by(self.paying, rows, horizon_days)
        return Sample(rows, churned, kinds=kinds_by(self.paying, rows, churned, horizon_days))

    def of_scoring_day(self) -> pl.DataFrame:
        """The rows to score, by customer_id, with their MRR."""
        now = self.paying.filter(pl.col("valid_to").is_null()).select("customer_id", "mrr")
        rows = self.features.filter(pl.col("feature_date") == self.scoring_day)
        return rows.join(now, on="customer_id", how="left").sort("customer_id")


@dataclass(frozen=True, eq=False)
class Sample:
    """Customers paying at the close of days, what was known of them, and who had left a horizon later.

    ``weights``: how many rows each stands for, 1 on average; none where all are there. ``kinds``: how who left did;
    none where that is not known.
    """

    rows: pl.DataFrame
    churned: Booleans
    weights: Floats | None = None
    kinds: pl.Series | None = None

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows as estimators take them."""
        return model_frame(self.rows)

    @property
    def days(self) -> tuple[date, ...]:
        """The days, oldest first."""
        return tuple(self.rows["feature_date"].unique().sort().to_list())

    def on(self, days: tuple[date, ...]) -> Sample:
        """The part of some of the days."""
        kept = self.rows["feature_date"].is_in(list(days))
        mask = kept.to_numpy()
        weights = None if self.weights is None else self.weights[mask]
        return Sample(
            self.rows.filter(kept), self.churned[mask], weights, None if self.kinds is None else self.kinds.filter(kept)
        )

    def thinned(self, limit: int) -> Sample:
        """At most ``limit`` rows, half of them or all who left; weights keep the share of those who left.

        Who is in is decided by a hash of the customer, so it is the same people whoever else comes or goes. Those who
        left are few and teach most: a random share of all rows would be mostly customers of whom nothing happened.
        """
        if self.rows.height <= limit:
            return self
        places = customer_places(self.rows["customer_id"])
        kept = np.zeros(self.rows.height, dtype=np.bool_)
        weights = np.zeros(self.rows.height)
        room = limit
        for outcome in (True, False):
            there = np.flatnonzero(self.churned == outcome)
            chosen = there[np.argsort(places[there], kind="stable")[: limit // 2 if outcome else room]]
            kept[chosen] = True
            weights[chosen] = len(there) / max(len(chosen), 1)
            room -= len(chosen)
        found = weights[kept]
        is_kept = pl.Series(kept)
        kinds = None if self.kinds is None else self.kinds.filter(is_kept)
        return Sample(self.rows.filter(is_kept), self.churned[kept], found / found.mean(), kinds)

    def digest(self) -> str:
        """The SHA-256 of rows and outcomes."""
        table = self.frame.hstack([self.rows["customer_id"], self.rows["feature_date"]])
        if self.kinds is not None:
            table = table.with_columns(kind=self.kinds)
        hashed = hashlib.sha256(self.churned.astype(np.uint8).tobytes())
        for column in table.columns:
            hashed.update(column.encode())
            hashed.update(table[column].hash(seed=0).to_numpy().tobytes())
        return hashed.hexdigest()


def customer_places(customers: pl.Series) -> Floats:
    """A number from 0 to 1 for each customer, by a keyed hash."""
    names = customers.unique().sort()
    digests = (hashlib.blake2b(str(name).encode(), key=_SAMPLE_KEY, digest_size=6).digest() for name in names)
    numbers = pl.Series([int.from_bytes(digest) / 2**48 for digest in digests], dtype=pl.Float64)
    return customers.replace_strict(names, numbers, return_dtype=pl.Float64).to_numpy()
