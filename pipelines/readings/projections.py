"""How long those who start are expected to stay, and what buyers are expected to buy: as published, and in a sentence.

Belongs here: selects over a published snapshot, the words, and the residual lifetime that follows from a fitted model.
Does not belong here: fitting (``models.value``), drawing (``app.parts``), how answers are laid out (``pipelines.cli``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Asked = tuple[str, tuple[tuple[str, Any], ...]]

TABLES = frozenset(f"scoring.{name}" for name in ("fct_cohort_projections", "lifetime_models", "value_notes"))
# A check that was off by more says that the model is not one of these customers.
FAR_OFF = 0.03
_REPORTED_MONTHS = (12, 24, 36)
_MONTHS_IN_YEAR = 12


def chosen_models() -> Asked:
    """The segments that are projected, with the model chosen of each; everybody first, then the largest."""
    return (
        """
        select * from scoring.lifetime_models where is_chosen
        order by dimension, customers desc, dimension_value
        """,
        (),
    )


def shares_of(dimension: str, value: str) -> Asked:
    """Observed and projected shares of a segment by period and by months, by the model chosen of it."""
    return (
        """
        select cast(period_number * period_months as integer) as months, projections.* exclude (as_of_date)
        from scoring.fct_cohort_projections as projections
        join scoring.lifetime_models as chosen using (dimension, dimension_value, model, period_months)
        where chosen.is_chosen and dimension = $dimension and dimension_value = $value
        order by period_number
        """,
        (("dimension", dimension), ("value", value)),
    )


def notes_on(dimension: str) -> Asked:
    """The sentences on a cut, or on purchases: dimension, dimension_value and note."""
    return (
        "select dimension, dimension_value, note from scoring.value_notes where dimension = $dimension order by all",
        (("dimension", dimension),),
    )


def all_purchases() -> Asked:
    """What is expected of all buyers together."""
    return (
        """
        select count(*) as buyers, sum(expected_purchases) as expected_purchases,
            sum(expected_revenue) as expected_revenue, any_value(horizon_days) as horizon_days
        from scoring.fct_purchase_values
        """,
        (),
    )


def model_name(model: str) -> str:
    """The name of a model as people write it."""
    return {"shifted_beta_geometric": "shifted beta-geometric", "beta_discrete_weibull": "beta-discrete-Weibull"}[model]


def reported_months(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the rows of ``shares_of`` those after one, two and three years."""
    return [row for row in rows if row["months"] in _REPORTED_MONTHS]


def sentence(model: dict[str, Any], rows: Sequence[dict[str, Any]]) -> str:
    """What a projection says, how sure it is, how its check went: of a row of ``chosen_models`` and its shares."""
    last = (reported_months(rows) or list(rows))[-1]
    band = ""
    if last["lower_bound"] is not None:
        band = f" (95% band {last['lower_bound']:.1%} to {last['upper_bound']:.1%})"
    expected = (
        f"Of those who start, {last['projected_share']:.1%}{band} are expected to pay without a break after "
        f"{last['months']} months, by a {model_name(model['model'])} model of {model['customers']:,} customers."
    )
    held_out = [row["months"] for row in rows if row["is_holdout"]]
    if not held_out or model["holdout_error"] is None:
        return f"{expected} There are too few periods to hold some out and check it."
    span = f"months {held_out[0]} to {held_out[-1]}" if len(held_out) > 1 else f"month {held_out[0]}"
    off = f"{model['holdout_error'] * 100:.1f} percentage points"
    checked = f" A fit that had not seen {span} was off by {off} there on average"
    if model["holdout_error"] > FAR_OFF:
        return f"{expected}{checked}: too far to plan on."
    return f"{expected}{checked}."


def residual_lifetimes(model: dict[str, Any], yearly_rate: float) -> list[dict[str, Any]]:
    """The discounted payments still to come (DERL) of customers who renewed so many times, by the model of a segment.

    ``yearly_rate``: the discount a year, such as 0.1. One row for none, one, two, three, six and twelve renewals.
    """
    from models.value.cohorts import Lifetime
    from models.value.likelihood import Fit

    lifetime = Lifetime(model["alpha"], model["beta"], model["shape"], Fit((), model["log_likelihood"]))
    rate = (1 + yearly_rate) ** (model["period_months"] / _MONTHS_IN_YEAR) - 1
    return [
        {"renewals": renewals, "discounted_payments": lifetime.residual_lifetime(renewals, rate)}
        for renewals in (0, 1, 2, 3, 6, 12)
    ]
