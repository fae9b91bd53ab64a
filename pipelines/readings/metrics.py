"""Headline metrics: what the semantic layer (MetricFlow's YAML) says of them.

Belongs here: metrics, their measures and dimensions. Does not belong here: definitions
(``dbt_project/models/semantic``), the select that answers a metric (``pipelines.readings.metric_queries``), and how
an answer is printed (``pipelines.cli.metrics``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from pipelines.errors import UserError
from pipelines.extensions import dbt_packages
from pipelines.warehouse.dbt import PROJECT_FOLDER

# The tables of the published snapshot behind the models that the YAML refers to.
_TABLES = {
    "fct_mrr_movements": "revenue.fct_mrr_movements",
    "fct_mrr_movements_by_dimension": "revenue.fct_mrr_movements_by_dimension",
    "fct_mrr_movements_by_combination": "revenue.fct_mrr_movements_by_combination",
    "dim_customers": "core.dim_customers",
    "dim_customer_cohorts": "retention.dim_customer_cohorts",
    "fct_transactions": "core.fct_transactions",
    "fct_trials": "retention.fct_trials",
    "fct_due_subscriptions": "retention.fct_due_subscriptions",
    "fct_churners": "retention.fct_churners",
    "fct_recognised_revenue_by_combination": "revenue.fct_recognised_revenue_by_combination",
    "fct_dunning_cases": "dunning.fct_dunning_cases",
    "fct_dunning_attempts": "dunning.fct_dunning_attempts",
    "fct_coupon_redemptions": "offers.fct_coupon_redemptions",
    "fct_journey_moves_by_combination": "journey.fct_journey_moves_by_combination",
    "fct_account_actions": "journey.fct_account_actions",
    "fct_checkout_steps_by_combination": "journey.fct_checkout_steps_by_combination",
    "fct_offer_changes": "offers.fct_offer_changes",
    "fct_subscription_switches": "offers.fct_subscription_switches",
    "fct_payout_reconciliation": "revenue.fct_payout_reconciliation",
    "fct_support_contacts": "care.fct_support_contacts",
    "dim_customer_attributes": "activation.dim_customer_attributes",
    "fct_customer_acquisition": "activation.fct_customer_acquisition",
}


_NO_OWNER = "nobody is named"
UNITS = ("count", "money", "ratio", "share")
"""What a metric counts in: rows, the reporting currency, times, or hundredths of a whole."""


class UnknownChoiceError(UserError):
    """A name that nothing has; the sentence names the nearest that something has."""


@dataclass(frozen=True)
class Measure:
    """An expression over the rows of a semantic model, summed; or one over a customer's open and close of a period.

    ``opening`` and ``closing`` are the columns of a customer's first and last row of a period that it then compares, as
    opening_mrr and closing_mrr.
    """

    name: str
    expression: str
    opening: str | None
    closing: str | None


@dataclass(frozen=True)
class Dimension:
    """A column of a semantic model to slice by.

    ``rows``: the condition on the rows of which it is one, if not all. ``is_of_movement``: it says what a movement is,
    on rows that otherwise say on which value it was.
    """

    name: str
    description: str
    expression: str
    rows: str | None
    is_of_movement: bool


@dataclass(frozen=True)
class SemanticModel:
    """A published table, its time column, its measures (by the name of what they answer for) and its dimensions.

    ``key``: the column that names a row, where one does. ``grain``: the shortest period that its rows tell apart.
    ``summed`` and ``of_customer``: its rows are finer than what is asked for, so those of a customer and day are summed
    first, the columns of ``summed`` by value, those of ``of_customer`` being the same on all of them.
    ``feeds``: without a row of one of these it has none.
    """

    name: str
    table: str
    time_column: str | None
    key: str | None
    grain: str
    measures: dict[str, Measure]
    dimensions: dict[str, Dimension]
    joins_customers: bool
    is_of_customers: bool
    summed: tuple[str, ...]
    of_customer: tuple[str, ...]
    feeds: tuple[str, ...]

    def cuts_states(self, dimension: Dimension) -> bool:
        """Whether there is a state on each value of a dimension, and not only movements: of a customer, or of sums."""
        is_on_values = dimension.rows is not None or bool(self.summed) or not self.joins_customers
        return not dimension.is_of_movement and is_on_values


@dataclass(frozen=True)
class Metric:
    """A metric: a measure (simple, cumulative), or an expression over other metrics (ratio, derived).

    ``also`` are shorter names that people know it by.
    ``settles_after_days``: so many days after a period it can still change, though nothing late arrives.
    ``reaches_ahead``: some of its periods lie after the as-of day.
    ``value_of``: it is another metric for one value of a dimension, by which that one cannot be sliced.
    """

    name: str
    label: str
    description: str
    kind: str
    measure: str | None
    expression: str | None
    parts: tuple[str, ...]
    owner: str
    unit: str
    also: tuple[str, ...] = ()
    settles_after_days: int = 0
    reaches_ahead: bool = False
    value_of: tuple[str, str] | None = None

    @property
    def is_share(self) -> bool:
        """Whether it is written in hundredths."""
        return self.unit == "share"

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of the reporting currency."""
        return self.unit == "money"


# In C where PyYAML was built with it: ten times as fast, for what pages, commands and builds read first.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _document() -> dict[str, list[dict[str, Any]]]:
    """The semantic models and the metrics of the project, then those of the packages of extensions.

    Raises ``UserError`` where a package takes the name of one that there is.
    """
    own = PROJECT_FOLDER / "models/semantic/semantic_models.yml"
    document: dict[str, list[dict[str, Any]]] = yaml.load(own.read_text(), _LOADER)  # noqa: S506 - a safe one
    for package, folder in dbt_packages().items():
        for file in sorted((folder / "models").rglob("*.yml")):
            definition = yaml.load(file.read_text(), _LOADER) or {}  # noqa: S506 - a safe one
            for kind in ("semantic_models", "metrics"):
                known = {each["name"] for each in document[kind]}
                if taken := sorted(known & {each["name"] for each in definition.get(kind, [])}):
                    raise UserError(f"{file} of the dbt package {package} defines {taken[0]}, a name that is taken.")
                document[kind] += definition.get(kind, [])
    return document


@cache
def semantic_models() -> dict[str, SemanticModel]:
    """The semantic models by name."""
    return {definition["name"]: _semantic_model(definition) for definition in _document()["semantic_models"]}


def _semantic_model(definition: dict[str, Any]) -> SemanticModel:
    referred = re.fullmatch(r"ref\('(\w+)'\)", definition["model"])
    table = _TABLES.get(referred[1], _meta(definition).get("table")) if referred else None
    if table is None:
        raise UserError(
            f"The semantic model {definition['name']} refers to no published table ({definition['model']}): "
            "give its schema and name as config.meta.table."
        )
    measures = {}
    for measure in definition.get("measures", []):
        more = _meta(measure)
        measures[more.get("stands_for", measure["name"])] = Measure(
            measure["name"], measure["expr"], more.get("opening_mrr"), more.get("closing_mrr")
        )
    dimensions = {
        each["name"]: Dimension(
            each["name"],
            each["description"],
            each.get("expr", each["name"]),
            _meta(each).get("rows"),
            bool(_meta(each).get("of_movement")),
        )
        for each in definition["dimensions"]
        if each["type"] == "categorical"
    }
    entities = {entity["name"]: entity["type"] for entity in definition["entities"]}
    keys = [entity["expr"] for entity in definition["entities"] if entity["type"] == "primary"]
    # Its own time, by which measures are summed: of columns that are not called so by their expression.
    times = {each["name"]: each for each in definition["dimensions"] if each["type"] == "time"}
    time = times.get(definition.get("defaults", {}).get("agg_time_dimension", ""))
    return SemanticModel(
        definition["name"],
        table,
        time.get("expr", time["name"]) if time else None,
        keys[0] if keys else None,
        time["type_params"]["time_granularity"] if time else "day",
        measures,
        dimensions,
        joins_customers=entities.get("customer") == "foreign",
        is_of_customers=entities.get("customer") == "primary",
        summed=tuple(_meta(definition).get("summed", ())),
        of_customer=tuple(_meta(definition).get("of_customer", ())),
        feeds=tuple(_meta(definition).get("feeds", ())),
    )


def _meta(definition: dict[str, Any]) -> dict[str, Any]:
    """What a semantic model, measure or dimension says beyond MetricFlow."""
    found: dict[str, Any] = definition.get("config", {}).get("meta", {})
    return found


@cache
def metrics() -> dict[str, Metric]:
    """The metrics by name, in the order of the YAML."""
    return {definition["name"]: _metric(definition) for definition in _document()["metrics"]}


def _metric(definition: dict[str, Any]) -> Metric:
    parameters = definition["type_params"]
    parts = tuple(parameters.get("metrics", ()))
    expression = parameters.get("expr")
    if definition["type"] == "ratio":
        parts = (parameters["numerator"], parameters["denominator"])
        expression = f"cast({parts[0]} as double) / nullif(cast({parts[1]} as double), 0)"
    description = " ".join(definition["description"].split())
    more = _meta(definition)
    unit = more.get("unit", UNITS[0])
    if unit not in UNITS:
        raise UserError(f"The metric {definition['name']} has the unit {unit!r}: give one of {', '.join(UNITS)}.")
    return Metric(
        definition["name"],
        definition["label"],
        description,
        definition["type"],
        parameters.get("measure"),
        expression,
        parts,
        str(more.get("owner", _NO_OWNER)),
        unit,
        tuple(more.get("also", ())),
        int(more.get("settles_after_days", 0)),
        bool(more.get("reaches_ahead")),
        tuple(more["value_of"]) if "value_of" in more else None,
    )


def formula_of(metric: Metric) -> str:
    """How a metric is made, in the terms of others, or of the rows that it sums."""
    if metric.kind == "ratio":
        return f"{metric.parts[0]} / {metric.parts[1]}"
    if metric.expression is not None:
        return metric.expression
    model = models_of(metric)[0]
    measure = model.measures[metric.measure or ""]
    running = ", over all days until the close" if metric.kind == "cumulative" else ""
    return f"sum of {measure.expression} over {model.table}{running}"


def nearest(name: str, choices: Sequence[str], what: str) -> UnknownChoiceError:
    """The error for a name that is none of the choices: one sentence with those that come nearest."""
    near = difflib.get_close_matches(name, choices, n=3, cutoff=0.4)
    named = f"nearest: {', '.join(near)}; all" if near else "choose one of"
    return UnknownChoiceError(f"There is no {what} {name!r} ({named}: {', '.join(choices)}).")


def find_metric(name: str) -> Metric:
    """The metric by its name, or another one that it goes by; raises ``UnknownChoiceError``."""
    known = metrics()
    if name in known:
        return known[name]
    for metric in known.values():
        if name.lower() in (metric.name, *metric.also):
            return metric
    raise nearest(name, list(known), "metric")


def leaves(metric: Metric) -> list[Metric]:
    """The simple and cumulative metrics that a metric is made of, each once."""
    if metric.measure is not None:
        return [metric]
    found = [leaf for part in metric.parts for leaf in leaves(metrics()[part])]
    return list(dict.fromkeys(found))


def models_of(metric: Metric) -> list[SemanticModel]:
    """The semantic models that hold all measures of a metric: its own first, then others that answer in its place."""
    wanted = {leaf.measure for leaf in leaves(metric)}
    return [model for model in semantic_models().values() if wanted <= model.measures.keys()]


def dimensions_of(metric: Metric) -> dict[str, str]:
    """The dimensions by which a metric can be sliced, with what each means."""
    found: dict[str, str] = {}
    for model in models_of(metric):
        found = {name: dimension.description for name, (_, dimension) in slicers([metric], model).items()} | found
    return found


def answering(metric: Metric, dimension: str) -> list[str]:
    """The metrics that answer by a dimension which a metric has not: those nearest to it, else all that do.

    Nearest are the metrics of one value of the dimension each, and what the metric is made of.
    """
    of_values = [each.name for each in metrics().values() if each.value_of == (metric.name, dimension)]
    parts = [part for part in metric.parts if dimension in dimensions_of(metrics()[part])]
    return [*of_values, *parts] or [each.name for each in metrics().values() if dimension in dimensions_of(each)]


def slicers(asked: Sequence[Metric], model: SemanticModel) -> dict[str, tuple[SemanticModel, Dimension]]:
    """The dimensions of metrics on the rows of one of their models, each with the semantic model that has it.

    Attributes of a movement say nothing of a customer without one, so they slice no metric that carries a state from
    period to period. Of a metric that compares a customer's open and close they are those of the last movement.
    """
    all_leaves = [leaf for metric in asked for leaf in leaves(metric)]
    compares = {model.measures[leaf.measure or ""].opening is not None for leaf in all_leaves}
    slices_movements = len(compares) == 1 and all(leaf.kind != "cumulative" for leaf in all_leaves)
    found = {
        name: (model, dimension)
        for name, dimension in model.dimensions.items()
        if model.cuts_states(dimension) or slices_movements
    }
    if model.joins_customers:
        for other in semantic_models().values():
            if other.is_of_customers:
                found = {name: (other, dimension) for name, dimension in other.dimensions.items()} | found
    return found
