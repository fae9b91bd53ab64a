"""Training on the past by the calendar: fit, then calibrate later, then test later still.

Belongs here: the order of the steps, what happens with a short history, and the numbers of the backtest.
Does not belong here: scoring the present (``models.scoring``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from models.calibration import Calibration, fit_calibration
from models.encoding import learn_levels
from models.estimators import Booleans, Floats, LogisticModel, fit_logistic, probability
from models.evaluation import ReliabilityBin, evaluate, reliability
from models.features import CATEGORIES, FeatureBuilder
from models.inputs import ScoringInputs
from models.split import LEAD_IN_DAYS, closed_windows, settled_day, temporal_split
from models.target import churn_target
from models.terms import design
from models.trained import BASE_RATE, LOGISTIC, Metric, TrainedModel

MINIMUM_CHURNERS = 50
MAXIMUM_TRAINING_ROWS = 400_000
# With nothing observed, one customer in twenty leaves in 30 days: the prior counts as this many customers seen.
PRIOR_MONTHLY_CHURN = 0.05
PRIOR_CUSTOMERS = 20


@dataclass(frozen=True)
class _Sample:
    """Customers paying at the close of a day, what was known of them, and who left."""

    features: pl.DataFrame
    churned: Booleans


def train(inputs: ScoringInputs, horizon_days: int = 30, seed: int = 0) -> TrainedModel:
    """Train the churn model for ``horizon_days`` on what ``inputs`` say; the same inputs give the same model.

    Days are chosen by ``models.split``: up to twelve training days, a calibration day and a test day, whose
    target windows do not overlap. With no room for that, or fewer than fifty churners to learn from, the model
    is the observed churn rate (``base-rate-...``), and ``note`` says so.
    """
    first_day = inputs.paying.lazy().filter(pl.col("mrr") > 0).select(pl.col("valid_from").min()).collect().item()
    if first_day is None:
        return _base_rate(inputs, horizon_days, seed, inputs.scoring_day, "Nobody has paid yet")
    split = temporal_split(first_day, settled_day(inputs.last_closed_day, inputs.settling_days), horizon_days)
    if split is None:
        needed = f"three horizons and {LEAD_IN_DAYS + inputs.settling_days} days"
        return _base_rate(inputs, horizon_days, seed, first_day, f"The history is shorter than {needed}")
    builder = FeatureBuilder(inputs)
    samples = {part: _sample(inputs, builder, days, horizon_days, seed) for part, days in split.by_part().items()}
    training = samples["training"]
    if training.churned.sum() < MINIMUM_CHURNERS or training.churned.all():
        reason = f"Of {training.churned.size} customers on the training days {int(training.churned.sum())} left"
        return _base_rate(inputs, horizon_days, seed, first_day, reason)

    levels = learn_levels(training.features, CATEGORIES)
    designs = {part: design(sample.features, horizon_days, levels) for part, sample in samples.items()}
    estimator = fit_logistic(designs["training"], training.churned)
    log_odds = {part: estimator.log_odds(terms) for part, terms in designs.items()}
    calibration = fit_calibration(log_odds["calibration"], samples["calibration"].churned)

    calibrated = {part: probability(calibration.apply(raw)) for part, raw in log_odds.items()}
    judged = [(part, calibrated[part], samples[part].churned) for part in samples]
    judged.append(("test_uncalibrated", probability(log_odds["test"]), samples["test"].churned))
    return TrainedModel(
        kind=LOGISTIC,
        horizon_days=horizon_days,
        seed=seed,
        base_rate=_smoothed_rate(samples["calibration"].churned, horizon_days),
        levels=tuple(levels.items()),
        estimator=estimator,
        calibration=calibration,
        days=tuple(split.by_part().items()),
        metrics=tuple(Metric(name, value, part) for part, p, y in judged for name, value in evaluate(p, y).items()),
        calibration_bins=reliability(calibrated["test"], samples["test"].churned),
        note="",
    )


def _sample(
    inputs: ScoringInputs, builder: FeatureBuilder, days: tuple[date, ...], horizon_days: int, seed: int
) -> _Sample:
    """The customers of ``days``, one below the other; of very many, an even random share of each day."""
    parts, outcomes = [], []
    random = np.random.default_rng(seed)
    for day in days:
        features, target = builder.as_of(day), _target(inputs, day, horizon_days)
        limit = MAXIMUM_TRAINING_ROWS // len(days)
        if features.height > limit:
            chosen = np.sort(random.choice(features.height, limit, replace=False))
            features, target = features[chosen], target[chosen]
        parts.append(features)
        outcomes.append(target)
    return _Sample(pl.concat(parts), np.concatenate(outcomes))


def _target(inputs: ScoringInputs, day: date, horizon_days: int) -> Booleans:
    """The outcomes of the customers of ``day``, by customer_id as the features are."""
    target = churn_target(inputs.paying, day, horizon_days, as_of=inputs.as_of, time_zone=inputs.time_zone)
    return target["churned"].to_numpy().astype(np.bool_)


def _base_rate(inputs: ScoringInputs, horizon_days: int, seed: int, first_day: date, reason: str) -> TrainedModel:
    """The model for a short history: everybody's probability is the observed churn rate.

    The newest closed window tests the rate of those before it, when there are any; the rate that scores is of
    all of them.
    """
    days = closed_windows(first_day, settled_day(inputs.last_closed_day, inputs.settling_days), horizon_days)
    outcomes = [_target(inputs, day, horizon_days) for day in days]
    everybody = np.concatenate(outcomes) if outcomes else np.zeros(0, dtype=np.bool_)
    rate = _smoothed_rate(everybody, horizon_days)
    metrics: list[Metric] = []
    bins: tuple[ReliabilityBin, ...] = ()
    parts: tuple[tuple[str, tuple[date, ...]], ...] = (("training", days),)
    if len(days) > 1:
        parts = (("training", days[:-1]), ("test", days[-1:]))
        tested: Floats = np.full(outcomes[-1].size, _smoothed_rate(np.concatenate(outcomes[:-1]), horizon_days))
        metrics = [Metric(name, value, "test") for name, value in evaluate(tested, outcomes[-1]).items()]
        bins = reliability(tested, outcomes[-1])
    return TrainedModel(
        kind=BASE_RATE,
        horizon_days=horizon_days,
        seed=seed,
        base_rate=rate,
        levels=(),
        estimator=LogisticModel((), (), (), (), round(float(np.log(rate / (1 - rate))), 9)),
        calibration=Calibration(),
        days=parts,
        metrics=tuple(metrics),
        calibration_bins=bins,
        note=f"{reason}, too little to tell customers apart: everybody has the observed churn rate.",
    )


def _smoothed_rate(churned: Booleans, horizon_days: int) -> float:
    """Churners over customers, with the prior counted in, so never 0 or 1."""
    prior = 1 - (1 - PRIOR_MONTHLY_CHURN) ** (horizon_days / 30)
    return float((churned.sum() + prior * PRIOR_CUSTOMERS) / (churned.size + PRIOR_CUSTOMERS))
