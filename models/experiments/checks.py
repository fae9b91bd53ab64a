"""Whether the arms are what the draw should have made, and whether groups responded differently.

Belongs here: the sample-ratio test, the test of heterogeneity with its correction. Does not belong here: effects
(``effects``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from models.experiments.effects import Flags, Floats, difference_of_means

SAMPLE_RATIO_ALARM = 0.001
SMALLEST_GROUP_ARM = 20


def sample_ratio_p(sent: int, held_out: int, expected_sent: float) -> float:
    """The chance of arms at least this far from the draw's share, by chi-square; NaN when nobody was assigned."""
    people = sent + held_out
    expected = (expected_sent, people - expected_sent)
    if min(expected) <= 0:
        return float("nan")
    statistic = sum((seen - due) ** 2 / due for seen, due in zip((sent, held_out), expected, strict=True))
    return float(stats.chi2.sf(statistic, 1))


def arms_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """The same for any number of arms."""
    if len(counts) < 2 or sum(counts) == 0:
        return float("nan")
    expected = np.asarray(shares) / sum(shares) * sum(counts)
    return float(stats.chisquare(np.asarray(counts), expected).pvalue)


def heterogeneity_p(outcome: Floats, is_treated: Flags, group: Sequence[str]) -> float:
    """The chance of groups differing in effect this much if none did (Cochran's Q); NaN with fewer than two groups."""
    labels = np.asarray(group)
    found = []
    for label in np.unique(labels):
        inside = labels == label
        if min(is_treated[inside].sum(), (~is_treated[inside]).sum()) < SMALLEST_GROUP_ARM:
            continue
        effect = difference_of_means(outcome[inside], is_treated[inside])
        if effect.standard_error > 0:
            found.append((effect.difference, effect.standard_error**-2))
    if len(found) < 2:
        return float("nan")
    effects, weights = np.asarray(found).T
    pooled = (effects * weights).sum() / weights.sum()
    return float(stats.chi2.sf((weights * (effects - pooled) ** 2).sum(), len(found) - 1))


def corrected(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values corrected for having asked several times (Holm); those that are NaN stay."""
    asked = sorted((p, name) for name, p in p_values.items() if not np.isnan(p))
    result = {name: p for name, p in p_values.items() if np.isnan(p)}
    largest = 0.0
    for rank, (p, name) in enumerate(asked):
        largest = max(largest, min(p * (len(asked) - rank), 1.0))
        result[name] = largest
    return result
