"""The card of a model for people: what it says, how it did, what it must not be used for.

Belongs here: the words and the layout. Does not belong here: the numbers (``models.backtesting``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from models.causes import Causes
from models.evaluation import Metric
from models.features import CONCEPT_OF
from models.resampling import FEWEST_OF_EACH, RESAMPLES
from models.segment_rate import SEGMENTS
from models.trained import TrainedModel
from models.value.campaign import CampaignTerms, best_threshold

_SHOWN = (
    "auc",
    "log_loss",
    "brier",
    "average_precision",
    "lift_at_1_percent",
    "lift_at_5_percent",
    "top_decile_lift",
    "lift_at_20_percent",
    "predicted_over_observed",
    "expected_calibration_error",
    "calibration_slope",
    "calibration_intercept",
    "expected_maximum_profit",
    "savings",
)
_SHOWN_OF_PARTS = (
    "customers",
    "churn_rate",
    "auc",
    "log_loss",
    "predicted_over_observed",
    "expected_calibration_error",
    "calibration_slope",
)


def markdown(model: TrainedModel) -> str:
    """The card; the same model has the same text."""
    lines = [
        f"# Churn model {model.model_version}",
        "",
        f"The chance that a customer who pays today has no recurring revenue {model.horizon_days} days from now.",
        f"Champion: {model.kind}. Trained on {len(model.training_days)} settled month ends{_span(model)}.",
        f"Base rate of the risk bands: {model.base_rate:.4f}. Data: SHA-256 {model.data_hash}.",
    ]
    if model.note:
        lines += ["", f"**{model.note}**"]
    if model.gain_interval is not None:
        low, high = model.gain_interval
        lines += ["", f"Trees against the floor, pooled log loss saved: 95 % interval {low:.5f} to {high:.5f}."]
    if model.waivers:
        lines += ["", "## Waivers", "", *(f"- {column}: {why}" for column, why in model.waivers)]
    if model.origins:
        lines += [
            "",
            "## Backtest",
            "",
            _explained(model),
            "",
            *_pooled(model),
            "",
            _campaign(),
            "",
            *_by_origin(model),
            "",
            *_by_segment(model),
        ]
    if model.causes is not None and model.causes.share is not None:
        lines += ["", "## How they leave", "", _how(model.causes)]
    if model.trees is not None:
        lines += ["", "## What it looks at", "", *_importance(model)]
    lines += [
        "",
        "## Limits",
        "",
        "- It says what goes with leaving, not what would make somebody stay: that takes an experiment.",
        "- Scores are for choosing whom to talk to. Do not use them to refuse service or to set a price for a person.",
        "- It knows only what was sent. A season, price or offer that it has not seen moves the level, not the order.",
    ]
    return "\n".join(lines) + "\n"


def _span(model: TrainedModel) -> str:
    return f", {model.training_days[0]} to {model.training_days[-1]}" if model.training_days else ""


def _explained(model: TrainedModel) -> str:
    return (
        f"{len(model.origins)} month ends, {model.origins[0]} to {model.origins[-1]}; each judged by a model of the "
        "days whose outcome was over by then. Renewing: auto-renew on and not in grace; of the others leaving is "
        f"mostly written. 95 % intervals of the champion: {RESAMPLES} draws of customers, each with all their month "
        f"ends; of a part where {FEWEST_OF_EACH} or more left, and as many stayed."
    )


def _how(causes: Causes) -> str:
    said = f"Of those who left and of whom the kind is known {causes.share:.1%} failed to pay."
    if causes.floor is None:
        return f"{said} Too few of either kind to tell them apart: everybody has that part."
    return (
        f"{said} A spline logistic of the leavers divides each score; it tells the kinds apart with AUC "
        f"{causes.auc:.4f} on the newest quarter of the days, which it had not seen."
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _pooled(model: TrainedModel) -> list[str]:
    estimators = sorted({each.estimator for each in model.metrics})
    champions = [f"{model.kind}, 95 % interval", f"renewing, {model.kind}", "95 % interval"]
    heads = ["pooled", *estimators, *champions]
    rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for metric in _SHOWN:
        values = [_number(model.pooled(metric, estimator=name)) for name in estimators]
        values.append(_interval(model.pooled_metric(metric)))
        values += [_number(model.pooled(metric, "renewing")), _interval(model.pooled_metric(metric, "renewing"))]
        rows.append(f"| {metric} | {' | '.join(values)} |")
    return rows


def _interval(metric: Metric | None) -> str:
    if metric is None or metric.lower_bound is None:
        return ""
    return f"{_number(metric.lower_bound)} to {_number(metric.upper_bound)}"


def _campaign() -> str:
    terms = CampaignTerms()
    accepted = terms.alpha / (terms.alpha + terms.beta)
    return (
        f"Expected maximum profit is a customer's of the base, for a campaign at {terms.value:g} a kept customer, "
        f"{terms.incentive:g} an incentive and {terms.contact:g} a contact that {accepted:.0%} of those who would "
        f"leave accept on average. At these costs a contact pays from a probability of {best_threshold(terms):.3f} on; "
        "savings are the share of what leaving costs that contacts from there on save."
    )


def _by_origin(model: TrainedModel) -> list[str]:
    """A table of everybody and one of those who are set to renew, month end by month end."""
    lines: list[str] = []
    for population in ("everybody", "renewing"):
        places = [(str(origin), (origin, population)) for origin in model.origins]
        lines += [*_parts(model, f"{model.kind}, {population}", places), ""]
    return lines[:-1]


def _by_segment(model: TrainedModel) -> list[str]:
    """All month ends of each segment."""
    return _parts(model, f"{model.kind}, pooled", [(name, (None, name)) for name in SEGMENTS])


def _parts(model: TrainedModel, title: str, places: Sequence[tuple[str, tuple[date | None, str]]]) -> list[str]:
    found = {
        (each.origin, each.population, each.metric): each for each in model.metrics if each.estimator == model.kind
    }
    rows = [f"| {title} | {' | '.join(_SHOWN_OF_PARTS)} |", "|---" * (len(_SHOWN_OF_PARTS) + 1) + "|"]
    for name, place in places:
        cells = [_with_interval(found.get((*place, metric))) for metric in _SHOWN_OF_PARTS]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def _with_interval(metric: Metric | None) -> str:
    if metric is None or metric.value is None:
        return ""
    if metric.metric == "customers":
        return f"{metric.value:,.0f}"
    bounds = _interval(metric)
    return f"{_number(metric.value)} ({bounds})" if bounds else _number(metric.value)


def _importance(model: TrainedModel) -> list[str]:
    assert model.trees is not None  # noqa: S101 - the caller has asked
    by_concept: dict[str, float] = {}
    for name, share in model.trees.importance().items():
        by_concept[CONCEPT_OF[name]] = by_concept.get(CONCEPT_OF[name], 0.0) + share
    ordered = sorted(by_concept.items(), key=lambda item: (-item[1], item[0]))
    return ["| concept | share of gain |", "|---|---|", *(f"| {name} | {share:.3f} |" for name, share in ordered)]
