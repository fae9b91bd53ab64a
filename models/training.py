"""Training: judge on the past by origins, choose, refit on every settled day, and let the gate decide.

Belongs here: the order of the steps, the promotion rule, when the fall-back is published instead. Does not belong
here: the estimators, the backtest's numbers (``models.backtesting``), scoring the present (``models.scoring``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from models.backtesting import (
    MINIMUM_CHURNERS,
    MINIMUM_TRAINING_DAYS,
    Backtest,
    backtest,
    fit_spline_logistic,
    fit_trees,
    origins_of,
)
from models.causes import fit_causes
from models.history import History, Sample
from models.leakage import joint_refusal, rate_refusal, refusal, suspicions
from models.leveling import NO_LEVEL
from models.segment_rate import SegmentRate, fit_segment_rate
from models.trained import FLOOR, SEGMENT_RATE, TREES, TrainedModel

# The rate that bands are measured against is of the newest settled days.
BASE_RATE_DAYS = 3
# A column ranks the same among a share of those who stayed as among all of them.
MAXIMUM_GATE_ROWS = 60_000


def settled_sample(history: History, horizon_days: int) -> Sample:
    """Every customer of every settled day."""
    return history.sample(history.settled_days(horizon_days), horizon_days)


def train(history: History, horizon_days: int = 30, waivers: Mapping[str, str] | None = None) -> TrainedModel:
    """The champion for ``horizon_days``; the same history gives the same model, byte for byte.

    Trees are published where the interval of what they gain on the floor excludes 0, the floor otherwise. Where the
    history is too short, holds too few churners, or the gate refuses, everybody has the rate of a segment and ``note``
    says why.
    """
    waivers = dict(waivers or {})
    sample = settled_sample(history, horizon_days)
    segment = fit_segment_rate(sample.rows, sample.churned, horizon_days)
    why = _too_little(sample, horizon_days)
    if why is not None:
        return _fall_back(sample, segment, waivers, why)
    origins = origins_of(sample.days, sample, horizon_days)
    if not origins:
        why = f"The settled history of {len(sample.days)} month ends is too short to hold one back"
        return _fall_back(sample, segment, waivers, why)
    looked_at = sample.thinned(MAXIMUM_GATE_ROWS)
    sentence = refusal(suspicions(looked_at.frame, looked_at.churned), waivers)
    if sentence is not None:
        return _fall_back(sample, segment, waivers, sentence.removesuffix("."))
    tested = backtest(sample, origins, horizon_days)
    champion = TREES if tested.promotes_trees else FLOOR
    sentence = joint_refusal(tested.value(champion, "auc") or 0.0)
    if sentence is not None and "*" not in waivers:
        return _fall_back(sample, segment, waivers, sentence.removesuffix("."), tested)
    trees, floor, level = None, None, NO_LEVEL
    if champion == TREES:
        trees, level = fit_trees(sample)
    else:
        floor, level = fit_spline_logistic(sample)
    newest = sample.on(sample.days[-BASE_RATE_DAYS:])
    return TrainedModel(
        kind=champion,
        horizon_days=horizon_days,
        base_rate=fit_segment_rate(newest.rows, newest.churned, horizon_days).overall,
        level=level,
        trees=trees,
        floor=floor,
        segment=segment,
        training_days=sample.days,
        origins=origins,
        metrics=tested.metrics,
        calibration_bins=tested.bins[champion],
        gain_interval=tested.gain_interval,
        data_hash=sample.digest(),
        waivers=tuple(sorted(waivers.items())),
        note="",
        causes=fit_causes(sample),
    )


def _too_little(sample: Sample, horizon_days: int) -> str | None:
    churners = int(sample.churned.sum())
    if len(sample.days) < MINIMUM_TRAINING_DAYS + 1:
        return f"Only {len(sample.days)} month ends are settled, fewer than {MINIMUM_TRAINING_DAYS + 1}"
    if churners < MINIMUM_CHURNERS or sample.churned.all():
        return f"Of {sample.churned.size:,} customers on settled month ends {churners:,} left, too few to learn from"
    sentence = rate_refusal(float(np.mean(sample.churned)), horizon_days)
    return None if sentence is None else sentence.removesuffix(".")


def _fall_back(
    sample: Sample, segment: SegmentRate, waivers: Mapping[str, str], why: str, tested: Backtest | None = None
) -> TrainedModel:
    """Segment rates, visible in the version, with the reason in the note."""
    return TrainedModel(
        kind=SEGMENT_RATE,
        horizon_days=segment.horizon_days,
        base_rate=segment.overall,
        level=NO_LEVEL,
        trees=None,
        floor=None,
        segment=segment,
        training_days=sample.days,
        origins=tested.origins if tested else (),
        metrics=tested.metrics if tested else (),
        calibration_bins=tested.bins[SEGMENT_RATE] if tested else (),
        gain_interval=tested.gain_interval if tested else None,
        data_hash=sample.digest(),
        waivers=tuple(sorted(waivers.items())),
        note=f"{why}: everybody has the churn rate of a segment.",
        causes=fit_causes(sample),
    )
