"""Judging a flat table of people: one row each, with the arm they were in and what came of them.

Belongs here: any number of arms against the one held back, with checks and a headline. Does not belong here: reading
files, printing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.experiments.checks import SAMPLE_RATIO_ALARM, arms_ratio_p, corrected, heterogeneity_p
from models.experiments.effects import Effect, Flags, Floats, adjusted_difference, difference_of_means
from models.experiments.power import people_needed, smallest_detectable_effect
from models.experiments.uplift import Ranking, rank_by_uplift


@dataclass(frozen=True)
class ArmResult:
    """One arm against the one held back, by intention to treat."""

    arm: str
    outcome: str
    people: int
    held_out: int
    mean: float
    held_mean: float
    effect: Effect
    adjusted: Effect
    smallest_detectable: float
    people_needed: float
    groups: tuple[tuple[str, str, Effect], ...]
    ranking: Ranking | None
    is_share: bool = False
    currency: str | None = None
    """Of an outcome that is money: as which the difference is written, in hundredths."""

    @property
    def headline(self) -> str:
        """What can be said, honestly, in a sentence."""
        best = self.adjusted if not np.isnan(self.adjusted.difference) else self.effect
        if np.isnan(best.difference):
            return "Not enough evidence yet: an arm has fewer than two people."
        if best.is_shown:
            word = "raised" if best.difference > 0 else "lowered"
            low, high = sorted(abs(end) for end in (best.sequential_low, best.sequential_high))
            return f"{self.arm} {word} {self.outcome} by {self._amount(abs(best.difference), low, high)}."
        return (
            f"Not enough evidence yet: the effect of {self.arm} on {self.outcome} is "
            f"{self._amount(best.difference, best.sequential_low, best.sequential_high)}."
        )

    def _amount(self, value: float, low: float, high: float) -> str:
        """A difference with its always-valid interval; that of shares in points."""
        if self.is_share:
            return f"{value * 100:.1f} points ({low * 100:.1f} to {high * 100:.1f})"
        if self.currency:
            return f"{self.currency} {value:,.2f} ({low:,.2f} to {high:,.2f})"
        return f"{value:.4g} ({low:.4g} to {high:.4g})"


@dataclass(frozen=True)
class Judgement:
    """Every arm, and whether the arms are as large as they should be."""

    arms: tuple[ArmResult, ...]
    sample_ratio_p: float

    @property
    def is_sample_ratio_wrong(self) -> bool:
        """Whether people are missing from an arm, so that no comparison can be trusted."""
        return self.sample_ratio_p < SAMPLE_RATIO_ALARM


def judge(
    table: pl.DataFrame,
    *,
    arm: str,
    control: str,
    outcomes: Sequence[str],
    covariates: Sequence[str] = (),
    shares: dict[str, float] | None = None,
    ranked: str | None = None,
    traits: Sequence[str] = (),
    currencies: Mapping[str, str] | None = None,
) -> Judgement:
    """Judge each other arm of the column ``arm`` against ``control``; ``covariates`` are from before the assignment.

    ``ranked`` is the outcome by which people are ranked for whom it is worth the most, by the covariates and by
    ``traits``: numbers from before the assignment as well. ``currencies`` has the currency of outcomes that are money.
    """
    names = [str(name) for name in sorted(table[arm].unique().to_list(), key=str)]
    due = [shares[name] for name in names] if shares else [1.0] * len(names)
    counts = [table.filter(pl.col(arm) == name).height for name in names]
    results = [
        _one(
            table.filter(pl.col(arm).is_in([name, control])),
            arm,
            name,
            outcome,
            covariates,
            traits if ranked == outcome else None,
            (currencies or {}).get(outcome),
        )
        for name in names
        if name != control
        for outcome in outcomes
    ]
    return Judgement(tuple(results), arms_ratio_p(counts, due))


def _one(  # noqa: PLR0917 - one call, above
    table: pl.DataFrame,
    arm: str,
    name: str,
    outcome: str,
    covariates: Sequence[str],
    traits: Sequence[str] | None,
    currency: str | None,
) -> ArmResult:
    is_treated: Flags = (table[arm] == name).to_numpy()
    values: Floats = table[outcome].cast(pl.Float64).to_numpy()
    numbers = [column for column in covariates if table[column].dtype.is_numeric()]
    texts = [column for column in covariates if not table[column].dtype.is_numeric()]
    matrix = (
        table.select(pl.col(column).cast(pl.Float64) for column in numbers).to_numpy()
        if numbers
        else np.zeros((table.height, 0))
    )
    strata = (
        table.select(pl.concat_str(pl.col(text).fill_null("") for text in texts).rank("dense")).to_series().to_numpy()
        if texts
        else np.zeros(table.height, dtype=np.int64)
    )
    effect = difference_of_means(values, is_treated)
    adjusted = adjusted_difference(values, is_treated, matrix, strata.astype(np.int64))
    held = int((~is_treated).sum())
    variance = float(values.var(ddof=1)) if len(values) > 1 else float("nan")
    ranks = [table[text].fill_null("").rank("dense").to_numpy() for text in texts]
    more = [table[trait].cast(pl.Float64).to_numpy() for trait in traits or ()]
    features = np.column_stack([matrix, *ranks, *more])
    return ArmResult(
        name,
        outcome,
        int(is_treated.sum()),
        held,
        float(values[is_treated].mean()) if is_treated.any() else float("nan"),
        float(values[~is_treated].mean()) if held else float("nan"),
        effect,
        adjusted,
        smallest_detectable_effect(int(is_treated.sum()), held, variance),
        people_needed(adjusted.difference, held / max(len(values), 1), variance),
        tuple(_groups(table, values, is_treated, texts)),
        None if traits is None else rank_by_uplift(features, values, is_treated),
        is_share=currency is None and bool(np.isin(values, (0.0, 1.0)).all()),
        currency=currency,
    )


def _groups(
    table: pl.DataFrame, values: Floats, is_treated: Flags, columns: Sequence[str]
) -> list[tuple[str, str, Effect]]:
    """Effects by group, of those columns only whose groups differ for certain, all columns taken into account."""
    labels = {column: table[column].fill_null("(none)").cast(pl.String).to_list() for column in columns}
    tested = corrected({column: heterogeneity_p(values, is_treated, groups) for column, groups in labels.items()})
    found = []
    for column, p in tested.items():
        if p < 0.05:
            named = np.asarray(labels[column])
            for label in np.unique(named):
                inside = named == label
                found.append((column, str(label), difference_of_means(values[inside], is_treated[inside])))
    return found
