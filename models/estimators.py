"""The baseline estimator: regularised logistic regression, whose contributions to a probability are exact.

Belongs here: fitting, and the fitted model as plain numbers. Does not belong here: which terms enter
(``models.terms``), calibration, words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

# The inverse strength of the ridge penalty on weights of standardised terms, as scikit-learn counts it: a penalty
# like a normal prior with standard deviation sqrt(C) on each weight.
INVERSE_PENALTY = 0.02
# Weights are kept to this many decimals, so that the last bits of a solver do not make another model.
WEIGHT_DECIMALS = 9


@dataclass(frozen=True)
class LogisticModel:
    """Log-odds = intercept + sum of weight x (term - mean) / scale, over the terms in their order.

    ``means`` are those of the rows it was fitted on, so the intercept is the log-odds of the average row and a
    contribution says how far a row is from it. Without terms it is a constant.
    """

    terms: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    def contributions(self, design: pl.DataFrame) -> Floats:
        """What each term adds to the log-odds against the average row: (rows, terms); ``design`` may hold more."""
        if not self.terms:
            return np.zeros((design.height, 0))
        values: Floats = design.select(self.terms).to_numpy().astype(np.float64)
        steps: Floats = np.array(self.weights) / np.array(self.scales)
        away: Floats = values - np.array(self.means)
        return away * steps

    def log_odds(self, design: pl.DataFrame) -> Floats:
        """The log-odds of churn of each row."""
        sums: Floats = self.contributions(design).sum(axis=1)
        return self.intercept + sums


def fit_logistic(
    design: pl.DataFrame, churned: Booleans, inverse_penalty: float = INVERSE_PENALTY, weights: Floats | None = None
) -> LogisticModel:
    """Fit by penalised maximum likelihood; terms that never vary are left out.

    ``design``: Float64 columns without nulls, one row an observation; ``churned``: its outcomes;
    ``weights``: how many rows each stands for.
    Raises ``ValueError`` when there are not both outcomes, or a term is not finite.
    """
    # Two seconds to import, and scoring never needs them.
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if churned.all() or not churned.any():
        raise ValueError("A churn model needs customers who left and customers who stayed: give it a longer history.")
    values = design.to_numpy().astype(np.float64)
    if not np.isfinite(values).all():
        culprits = [
            name for name, column in zip(design.columns, values.T, strict=True) if not np.isfinite(column).all()
        ]
        raise ValueError(f"The terms {', '.join(culprits)} hold missing or infinite values: fill them first.")
    means = np.average(values, axis=0, weights=weights)
    scales = np.sqrt(np.average((values - means) ** 2, axis=0, weights=weights))
    varies = scales > 1e-6
    standardised = (values[:, varies] - means[varies]) / scales[varies]
    solver = LogisticRegression(C=inverse_penalty, solver="newton-cholesky", tol=1e-8, max_iter=100)
    with threadpool_limits(limits=1):
        solver.fit(standardised, churned, sample_weight=weights)
    return LogisticModel(
        terms=tuple(name for name, kept in zip(design.columns, varies, strict=True) if kept),
        means=tuple(means[varies].round(WEIGHT_DECIMALS).tolist()),
        scales=tuple(scales[varies].round(WEIGHT_DECIMALS).tolist()),
        weights=tuple(solver.coef_[0].round(WEIGHT_DECIMALS).tolist()),
        intercept=round(float(solver.intercept_[0]), WEIGHT_DECIMALS),
    )


def probability(log_odds: Floats) -> Floats:
    """The probability of each log-odds."""
    return 1.0 / (1.0 + np.exp(-np.clip(log_odds, -40, 40)))
