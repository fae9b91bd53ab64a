"""How estimators would have done: trained up to an origin, judged on the customers of the origin, again and again.

Belongs here: the origins and their embargo, numbers by origin and segment, whether the challenger is better.
Does not belong here: the estimators, the choice of what is published (``models.training``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from models.boosting import BoostedTrees, fit_boosting
from models.estimators import Floats, probability
from models.evaluation import Metric, ReliabilityBin, evaluate, reliability
from models.features import FLOOR_NAMES
from models.floor import SplineLogistic, fit_floor_at, tune_floor
from models.history import Sample
from models.leveling import Level, level_of
from models.resampling import Draws, draws, interval, intervals
from models.segment_rate import SEGMENTS, SegmentRate, fit_segment_rate, segments_of
from models.splits import Rows
from models.value.campaign import expected_maximum_profit, savings

ORIGINS = 8
MINIMUM_TRAINING_DAYS = 3
MINIMUM_CHURNERS = 40
FLOOR, TREES, SEGMENT = "floor", "trees", "segment-rate"
# Everybody; those of whom leaving is not already written, with auto-renew on and not in grace; and each segment.
RENEWING_SEGMENTS = ("on_due", "on_later")
POPULATIONS: Mapping[str, tuple[str, ...]] = {
    "everybody": SEGMENTS,
    "renewing": RENEWING_SEGMENTS,
    **{name: (name,) for name in SEGMENTS},
}
# Many interactions at once were worse than either on every month end of the sandbox, and slower.
TREE_SETTINGS = ("single splits", "few interactions")
# Judging takes eight trainings, and they hardly get better with more rows than this; everybody is judged by them.
MAXIMUM_BACKTEST_ROWS = 60_000
MAXIMUM_ROWS = 120_000
# What the curves of a floor learn does not get better with more rows than this.
MAXIMUM_FLOOR_ROWS = 20_000
FLOOR_PENALTIES = (0.003, 0.01, 0.03)


@dataclass(frozen=True, eq=False)
class Fitted:
    """The estimators of one set of training days."""

    floor: SplineLogistic
    trees: BoostedTrees
    segment: SegmentRate
    levels: Mapping[str, Level]

    def log_odds(self, sample: Sample) -> dict[str, Floats]:
        """The log-odds by each."""
        return {
            FLOOR: self.floor.log_odds(sample.frame) + self.levels[FLOOR].of(sample.rows),
            TREES: self.trees.log_odds(sample.frame) + self.levels[TREES].of(sample.rows),
            SEGMENT: self.segment.log_odds(sample.rows),
        }


@dataclass(frozen=True, eq=False)
class Backtest:
    """All numbers, the tenths of the pooled customers by estimator, and what trees gain on the floor."""

    origins: tuple[date, ...]
    metrics: tuple[Metric, ...]
    bins: Mapping[str, tuple[ReliabilityBin, ...]]
    gain_interval: tuple[float, float]

    def value(self, estimator: str, metric: str, population: str = "everybody") -> float | None:
        """A pooled number."""
        return next(
            (
                each.value
                for each in self.metrics
                if (each.origin, each.population, each.estimator, each.metric) == (None, population, estimator, metric)
            ),
            None,
        )

    @property
    def promotes_trees(self) -> bool:
        """Whether the interval of the pooled difference in log loss excludes 0 in favour of the trees."""
        return self.gain_interval[0] > 0


def fit_all(
    sample: Sample,
    horizon_days: int,
    settings: Sequence[str] = TREE_SETTINGS,
    penalties: Sequence[float] = FLOOR_PENALTIES,
) -> Fitted:
    """Fit every estimator on ``sample``, tuned on its own newest days."""
    floor, floor_level = fit_spline_logistic(sample, penalties)
    trees, trees_level = fit_trees(sample, settings, MAXIMUM_BACKTEST_ROWS)
    segment = fit_segment_rate(sample.rows, sample.churned, horizon_days)
    return Fitted(floor, trees, segment, {FLOOR: floor_level, TREES: trees_level})


# The level is of days that the model has learnt from: what is left of a shift there is what its features cannot say.
def fit_spline_logistic(sample: Sample, penalties: Sequence[float] = FLOOR_PENALTIES) -> tuple[SplineLogistic, Level]:
    """The floor and its level; of several penalties that which suits the newest days."""
    few = sample.thinned(MAXIMUM_FLOOR_ROWS)
    frame = few.frame.select(FLOOR_NAMES)
    best = penalties[0]
    if len(penalties) > 1:
        best, _ = tune_floor(frame, few.churned, temporal_splits(few), penalties, few.weights)
    floor = fit_floor_at(frame, few.churned, best, few.weights)
    return floor, level_of(floor.log_odds(frame), few.rows["feature_date"], few.churned, few.weights)


def fit_trees(
    sample: Sample, settings: Sequence[str] = TREE_SETTINGS, most_rows: int = MAXIMUM_ROWS
) -> tuple[BoostedTrees, Level]:
    """The trees and their level; of several settings that which suits the newest days."""
    some = sample.thinned(most_rows)
    trees, _ = fit_boosting(some.frame, some.churned, temporal_splits(some), settings, some.weights)
    return trees, level_of(trees.log_odds(some.frame), some.rows["feature_date"], some.churned, some.weights)


def temporal_splits(sample: Sample) -> list[tuple[Rows, Rows]]:
    """The older days to learn from and the newest quarter of the days, at least one, to tune on."""
    days = sample.days
    held_days = days[-max(1, len(days) // 4) :]
    is_held = sample.rows["feature_date"].is_in(list(held_days)).to_numpy()
    return [(np.flatnonzero(~is_held), np.flatnonzero(is_held))]


def origins_of(days: tuple[date, ...], sample: Sample, horizon_days: int) -> tuple[date, ...]:
    """The newest days that have enough training days before them, whose outcomes were over by then."""
    return tuple(
        day
        for day in days[-ORIGINS:]
        if len(known := trainable(days, day, horizon_days)) >= MINIMUM_TRAINING_DAYS
        and sample.on(known).churned.sum() >= MINIMUM_CHURNERS
        and sample.on(temporal_held(known)).churned.any()
    )


def trainable(days: tuple[date, ...], origin: date, horizon_days: int) -> tuple[date, ...]:
    """The days whose window was over at the close of ``origin``: the embargo is the horizon."""
    return tuple(day for day in days if day + timedelta(days=horizon_days) <= origin)


def temporal_held(days: tuple[date, ...]) -> tuple[date, ...]:
    """The days that tuning holds back."""
    return days[-max(1, len(days) // 4) :]


def backtest(sample: Sample, origins: tuple[date, ...], horizon_days: int) -> Backtest:
    """Train before and judge on each of ``origins``, with the settings that suit the days before the first."""
    settings: Sequence[str] = TREE_SETTINGS
    penalties: Sequence[float] = FLOOR_PENALTIES
    scored: dict[str, list[Floats]] = {FLOOR: [], TREES: [], SEGMENT: []}
    for origin in origins:
        before = sample.on(trainable(sample.days, origin, horizon_days))
        fitted = fit_all(before, horizon_days, settings, penalties)
        settings, penalties = (fitted.trees.setting,), (fitted.floor.inverse_penalty,)
        for name, log_odds in fitted.log_odds(sample.on((origin,))).items():
            scored[name].append(log_odds)
    pooled = sample.on(origins)
    together = {name: np.concatenate(parts) for name, parts in scored.items()}
    drawn = draws(pooled.rows["customer_id"])
    gain = _gain_interval(together[FLOOR], together[TREES], pooled, drawn)
    # Intervals only of what can be published.
    champion = TREES if gain[0] > 0 else FLOOR
    metrics: list[Metric] = []
    parts = [(origin, (pooled.rows["feature_date"] == origin).to_numpy()) for origin in origins]
    for place, is_there in (*parts, (None, np.ones(len(pooled.churned), dtype=np.bool_))):
        tested = Sample(pooled.rows.filter(is_there), pooled.churned[is_there])
        for name, log_odds in together.items():
            of_champion = drawn.of(is_there) if name == champion else None
            metrics += _measured(place, name, log_odds[is_there], tested, horizon_days, drawn=of_champion)
    bins = {name: reliability(probability(log_odds), pooled.churned) for name, log_odds in together.items()}
    return Backtest(origins, tuple(metrics), bins, gain)


def _measured(
    origin: date | None, name: str, log_odds: Floats, tested: Sample, horizon_days: int, *, drawn: Draws | None
) -> list[Metric]:
    """The numbers of each population, with intervals where there are draws."""
    segment = segments_of(tested.rows, horizon_days).to_numpy()
    found = []
    for population, segments in POPULATIONS.items():
        kept = np.isin(segment, segments)
        chances, churned = probability(log_odds[kept]), tested.churned[kept]
        numbers = evaluate(chances, churned)
        numbers["predicted_over_observed"] = float(chances.mean() / churned.mean()) if churned.any() else None
        has_both = bool(churned.any() and not churned.all())
        numbers["expected_maximum_profit"] = expected_maximum_profit(chances, churned).profit if has_both else None
        numbers["savings"] = savings(chances, churned) if has_both else None
        bounds = {} if drawn is None else intervals(chances, churned, drawn.of(kept))
        found += [
            Metric(origin, population, name, metric, value, *bounds.get(metric, (None, None)))
            for metric, value in numbers.items()
        ]
    return found


def _gain_interval(floor: Floats, trees: Floats, pooled: Sample, drawn: Draws) -> tuple[float, float]:
    """The 95 % interval of the log loss of the floor less that of the trees, by resampling customers."""
    signs = np.where(pooled.churned, -1.0, 1.0)
    gains = np.logaddexp(0.0, signs * floor) - np.logaddexp(0.0, signs * trees)
    return interval(drawn.sums(gains) / drawn.sums(np.ones_like(gains)))
