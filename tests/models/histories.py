"""A small history for tests of the churn science: who turned auto-renew off or fell silent is likelier to leave.

Belongs here: features of the mart with a known mechanism. Does not belong here: the simulator of the product, which is
larger and has its own tests.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl

from models.features import CATEGORIES, NAMES
from models.history import History

AS_OF = datetime(2025, 12, 31, 12)  # noqa: DTZ001 - naive UTC, as the warehouse keeps it
MONTH_ENDS = [date(2025, month + 1, 1) - timedelta(days=1) for month in range(1, 12)]


def month_rows(day: date, size: int, random: np.random.Generator) -> pl.DataFrame:
    """Paying customers of a day, each with a fresh life, most features calm."""
    off = random.random(size) < 0.12
    silent = random.integers(0, 40, size)
    values: dict[str, object] = {name: ["unknown"] * size if name in CATEGORIES else np.zeros(size) for name in NAMES}
    values |= {
        "status": ["active"] * size,
        "auto_renew": ~off,
        "began_with_trial": np.zeros(size, dtype=bool),
        "began_with_coupon": np.zeros(size, dtype=bool),
        "days_to_end_when_off": [n % 60 if is_off else None for n, is_off in enumerate(off)],
        "days_to_period_end": random.integers(0, 60, size),
        "days_since_viewing": silent,
        "minutes_28": random.gamma(2.0, 200.0, size),
        "minutes_prior_28": random.gamma(2.0, 200.0, size),
        "active_days_28": random.integers(5, 20, size),
        "monthly_price": random.choice([9.99, 14.99], size),
        "price_position": np.ones(size),
        "billing_months": np.ones(size),
        "tenure_days": np.full(size, 300),
        "spell_days": np.full(size, 300),
        "provider": random.choice(["stripe", "roku"], size),
    }
    names = [f"{day:%y%m}-{number:04d}" for number in range(size)]
    return pl.DataFrame(values).with_columns(
        customer_id=pl.Series(names), subscription_id=pl.Series(names), feature_date=pl.lit(day)
    )


def make_history(size: int = 250, seed: int = 3, leak: bool = False) -> History:
    """Eleven month ends and a scoring day; ``leak`` plants a feature that only those about to leave have."""
    random = np.random.default_rng(seed)
    frames, spans = [], []
    for day in [*MONTH_ENDS, AS_OF.date()]:
        rows = month_rows(day, size, random)
        signal = -3.4 + 2.6 * ~rows["auto_renew"].to_numpy() + 0.05 * rows["days_since_viewing"].to_numpy()
        leaves = (random.random(size) < 1 / (1 + np.exp(-signal))) & (day < AS_OF.date())
        if leak:
            rows = rows.with_columns(refunds_90=pl.Series(leaves.astype(float)))
        frames.append(rows)
        ends = pl.Series([day + timedelta(days=10) if left else None for left in leaves], dtype=pl.Date)
        spans.append(
            pl.DataFrame({"customer_id": rows["customer_id"], "valid_to": ends}).with_columns(
                valid_from=pl.lit(day - timedelta(days=300)), mrr=pl.lit(9.99).cast(pl.Decimal(38, 4))
            )
        )
    return History(pl.concat(frames), pl.concat(spans), AS_OF)
