"""Headline metrics: read from the semantic layer (MetricFlow's YAML) and compiled to SQL over a published snapshot.

Belongs here: what the YAML says and the select it stands for. Does not belong here: definitions
(``dbt_project/models/semantic``), marts, and how an answer is printed (``pipelines.cli.metrics``).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import yaml

from pipelines.errors import UserError
from pipelines.warehouse.dbt import PROJECT_FOLDER

ROLLING = "rolling_30_days"
GRAINS = ("day", "week", "month", "quarter", ROLLING)
_ROLLING_DAYS = 30
# The tables of the published snapshot behind the models that the YAML refers to.
_TABLES = {
    "fct_mrr_movements": "revenue.fct_mrr_movements",
    "fct_mrr_movements_by_dimension": "revenue.fct_mrr_movements_by_dimension",
    "dim_customers": "core.dim_customers",
    "dim_customer_cohorts": "retention.dim_customer_cohorts",
    "fct_transactions": "core.fct_transactions",
    "fct_trials": "retention.fct_trials",
}


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
    """A column of a semantic model to slice by; ``rows``: the condition on the rows of which it is one, if not all."""

    name: str
    description: str
    expression: str
    rows: str | None


@dataclass(frozen=True)
class SemanticModel:
    """A published table, its time column, its measures (by the name of what they answer for) and its dimensions."""

    name: str
    table: str
    time_column: str | None
    measures: dict[str, Measure]
    dimensions: dict[str, Dimension]
    joins_customers: bool
    is_of_customers: bool


@dataclass(frozen=True)
class Metric:
    """A metric: a measure (simple, cumulative), or an expression over other metrics (ratio, derived)."""

    name: str
    label: str
    description: str
    kind: str
    measure: str | None
    expression: str | None
    parts: tuple[str, ...]


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((PROJECT_FOLDER / "models/semantic/semantic_models.yml").read_text())
    return document


@cache
def semantic_models() -> dict[str, SemanticModel]:
    """The semantic models by name."""
    return {told["name"]: _semantic_model(told) for told in _document()["semantic_models"]}


def _semantic_model(told: dict[str, Any]) -> SemanticModel:
    referred = re.fullmatch(r"ref\('(\w+)'\)", told["model"])
    if referred is None or referred[1] not in _TABLES:
        raise ValueError(f"The semantic model {told['name']} refers to no published table: {told['model']}.")
    measures = {}
    for measure in told.get("measures", []):
        more = _meta(measure)
        measures[more.get("stands_for", measure["name"])] = Measure(
            measure["name"], measure["expr"], more.get("opening_mrr"), more.get("closing_mrr")
        )
    dimensions = {
        each["name"]: Dimension(
            each["name"], each["description"], each.get("expr", each["name"]), _meta(each).get("rows")
        )
        for each in told["dimensions"]
        if each["type"] == "categorical"
    }
    entities = {entity["name"]: entity["type"] for entity in told["entities"]}
    return SemanticModel(
        told["name"],
        _TABLES[referred[1]],
        told.get("defaults", {}).get("agg_time_dimension"),
        measures,
        dimensions,
        joins_customers=entities.get("customer") == "foreign",
        is_of_customers=entities.get("customer") == "primary",
    )


def _meta(told: dict[str, Any]) -> dict[str, Any]:
    """What a measure or dimension says beyond MetricFlow."""
    found: dict[str, Any] = told.get("config", {}).get("meta", {})
    return found


@cache
def metrics() -> dict[str, Metric]:
    """The metrics by name, in the order of the YAML."""
    return {told["name"]: _metric(told) for told in _document()["metrics"]}


def _metric(told: dict[str, Any]) -> Metric:
    parameters = told["type_params"]
    parts = tuple(parameters.get("metrics", ()))
    expression = parameters.get("expr")
    if told["type"] == "ratio":
        parts = (parameters["numerator"], parameters["denominator"])
        expression = f"cast({parts[0]} as double) / nullif(cast({parts[1]} as double), 0)"
    description = " ".join(told["description"].split())
    return Metric(told["name"], told["label"], description, told["type"], parameters.get("measure"), expression, parts)


def nearest(name: str, choices: Sequence[str], what: str) -> UnknownChoiceError:
    """The error for a name that is none of the choices: one sentence with those that come nearest."""
    near = difflib.get_close_matches(name, choices, n=3, cutoff=0.4)
    named = f"nearest: {', '.join(near)}; all" if near else "choose one of"
    return UnknownChoiceError(f"There is no {what} {name!r} ({named}: {', '.join(choices)}).")


def find_metric(name: str) -> Metric:
    """The metric by its name; raises ``UnknownChoiceError``."""
    if name not in metrics():
        raise nearest(name, list(metrics()), "metric")
    return metrics()[name]


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
        found = {name: dimension.description for name, (_, dimension) in _slicers(metric, model).items()} | found
    return found


def _slicers(metric: Metric, model: SemanticModel) -> dict[str, tuple[SemanticModel, Dimension]]:
    """The dimensions of a metric on the rows of one of its models, each with the semantic model that has it.

    Attributes of a movement say nothing of a customer without one, so they slice no metric that carries a state from
    period to period. Of a metric that compares a customer's open and close they are those of the last movement.
    """
    compares = {model.measures[leaf.measure or ""].opening is not None for leaf in leaves(metric)}
    slices_movements = len(compares) == 1 and all(leaf.kind != "cumulative" for leaf in leaves(metric))
    found = {
        name: (model, dimension)
        for name, dimension in model.dimensions.items()
        if dimension.rows is not None or slices_movements
    }
    if model.joins_customers:
        for other in semantic_models().values():
            if other.is_of_customers:
                found = {name: (other, dimension) for name, dimension in other.dimensions.items()} | found
    return found


def compile_metric(
    metric: Metric, by: Sequence[str], grain: str, first: date | None = None, last: date | None = None
) -> str:
    """The select that answers a metric by period and dimensions; every period of the series, also those without rows.

    Columns: period (its first day in the report time zone; of thirty rolling days the last), dimensions, the metric.
    ``first`` and ``last`` bound the periods by that day. Raises ``UnknownChoiceError`` for dimensions that cannot slice
    the metric.
    """
    model, slicers = _chosen(metric, by)
    bounds = [f"period >= date '{first}'"] if first else []
    bounds += [f"period <= date '{last}'"] if last else []
    return "\n".join(_parts_of_select(metric, model, slicers, grain, bounds))


def _chosen(metric: Metric, by: Sequence[str]) -> tuple[SemanticModel, list[tuple[SemanticModel, Dimension]]]:
    """The model whose rows answer a metric by dimensions, and these; raises ``UnknownChoiceError`` where none does."""
    valid = dimensions_of(metric)
    for name in by:
        if name not in valid:
            known = {each for model in semantic_models().values() for each in model.dimensions}
            why = f"cannot be sliced by {name}" if name in known else f"has no dimension {name!r}"
            raise UnknownChoiceError(f"The metric {metric.name} {why}: its dimensions are {', '.join(sorted(valid))}.")
    if len(set(by)) < len(by):
        raise UnknownChoiceError(f"A dimension is named twice in {', '.join(by)}: name each once.")
    refused = ""
    for model in models_of(metric):
        slicers = _slicers(metric, model)
        of_some_rows = [name for name in by if name in slicers and slicers[name][1].rows is not None]
        if all(name in slicers for name in by) and len(of_some_rows) <= 1:
            return model, [slicers[name] for name in by]
        if of_some_rows:
            beside = sorted(name for name, (_, dimension) in slicers.items() if dimension.rows is None)
            refused = f"beside {of_some_rows[0]} its dimensions are {', '.join(beside)}"
    raise UnknownChoiceError(f"The metric {metric.name} cannot be sliced by {' and '.join(by)} at once: {refused}.")


def _parts_of_select(
    metric: Metric, model: SemanticModel, by: list[tuple[SemanticModel, Dimension]], grain: str, bounds: list[str]
) -> Iterator[str]:
    names = [f"by_{dimension.name}" for _, dimension in by]
    listed = "".join(f", {name}" for name in names)
    measures = {leaf.measure: model.measures[leaf.measure] for leaf in leaves(metric) if leaf.measure}
    yield from _facts(model, by, grain, bounds)
    if any(measure.opening is not None for measure in measures.values()):
        of_movements = {f"by_{dimension.name}" for other, dimension in by if other is model and dimension.rows is None}
        yield from _customers_of_periods(measures, names, of_movements)
        source = "in_period"
    else:
        source = "facts"
    yield f", summed as (select period{listed}"
    for name, measure in measures.items():
        # What is compared comes with the sums of each customer, which are added up.
        is_summed_already = source == "in_period" and measure.opening is None
        yield f", sum({name if is_summed_already else measure.expression}) as {name}"
    yield f"from {source} group by period{listed})"
    # Thirty rolling days are about each day, and what a state has come to by then is the sum of single days.
    rolls = grain == ROLLING
    carried = {
        leaf.measure: measures[leaf.measure] for leaf in leaves(metric) if leaf.kind == "cumulative" and leaf.measure
    }
    if rolls:
        sums = "".join(f", sum({measure.expression}) as day_{name}" for name, measure in carried.items())
        yield f", by_day as (select happened_on as period{listed}{sums} from days group by happened_on{listed})"
    known, step = ("by_day", "day") if rolls else ("summed", grain)
    yield (
        ", periods as (select cast(unnest(generate_series(min(period), "
        f"(select cast(date_trunc('{step}', as_of_date) as date) from ops.build_info), interval 1 {step})) "
        f"as date) as period from {known})"
    )
    combinations = (
        f"(select distinct {', '.join(names)} from {known}) as seen" if names else "(select 1 as one) as seen"
    )
    yield f", filled as (select periods.period{''.join(f', seen.{name}' for name in names)}"
    yield "".join(f", coalesce(summed.{name}, 0) as {name}" for name in measures)
    yield "".join(f", coalesce(by_day.day_{name}, 0) as day_{name}" for name in carried if rolls)
    yield f"from periods cross join {combinations}"
    for table in ("summed", "by_day") if rolls else ("summed",):
        matched = "".join(f" and seen.{name} = {table}.{name}" for name in names)
        yield f"left join {table} on periods.period = {table}.period{matched}"
    yield ")"
    window = (
        f"over ({'partition by ' + ', '.join(names) + ' ' if names else ''}order by period rows unbounded preceding)"
    )
    values = "".join(
        f", sum({'day_' if rolls else ''}{leaf.measure}) {window} as {leaf.name}"
        if leaf.kind == "cumulative"
        else f", {leaf.measure} as {leaf.name}"
        for leaf in leaves(metric)
    )
    yield f", leaves as (select period{listed}{values} from filled)"
    shown = "".join(f", by_{dimension.name} as {dimension.name}" for _, dimension in by)
    yield f"select period{shown}, {_expression(metric)} as {metric.name} from leaves"
    if bounds:
        yield f"where {' and '.join(bounds)}"
    yield f"order by period{listed}"


def _facts(
    model: SemanticModel, by: list[tuple[SemanticModel, Dimension]], grain: str, bounds: list[str]
) -> Iterator[str]:
    """The rows of the semantic model with the dimensions asked for, as ``days``, and with their period, as ``facts``.

    Of thirty rolling days a row is in as many periods, each named by its last day.
    """
    day = f"fact.{model.time_column}"
    if model.time_column == "occurred_at":
        # A day is one of the report time zone.
        day = f"cast({day} at time zone 'UTC' at time zone (select timezone from ops.build_info) as date)"
    columns = "".join(
        f", coalesce(cast({'fact' if other is model else other.name}.{dimension.expression} as varchar), '(none)') "
        f"as by_{dimension.name}"
        for other, dimension in by
    )
    yield f"with days as (select fact.*{columns}, {day} as happened_on from {model.table} as fact"
    for other in {other.name: other for other, _ in by if other is not model}.values():
        yield f"left join {other.table} as {other.name} on fact.customer_id = {other.name}.customer_id"
    conditions = [f"fact.{dimension.rows}" for other, dimension in by if other is model and dimension.rows]
    if conditions:
        yield f"where {' and '.join(conditions)}"
    yield ")"
    if grain == ROLLING:
        series = f"generate_series(happened_on, happened_on + {_ROLLING_DAYS - 1}, interval 1 day)"
        yield f", facts as (select * from (select *, cast(unnest({series}) as date) as period from days) as rolled"
        yield f"where {' and '.join(bounds)})" if bounds else ")"
    else:
        yield f", facts as (select *, cast(date_trunc('{grain}', happened_on) as date) as period from days)"


def _customers_of_periods(measures: dict[str, Measure], names: Sequence[str], of_movements: set[str]) -> Iterator[str]:
    """Each customer's sums, open and close of a period with the attributes of the last movement, as in_period.

    Who holds several values of a dimension closes, as a customer, as the last row of any of them says.
    """
    kept = "".join(f", {name}" for name in names if name not in of_movements)
    yield f", in_period as (select period, customer_id{kept}"
    yield "".join(f", max_by({name}, happened_on) as {name}" for name in names if name in of_movements)
    yield "".join(
        f", sum({measure.expression}) as {name}" for name, measure in measures.items() if measure.opening is None
    )
    compared = next(measure for measure in measures.values() if measure.opening is not None)
    yield f", min_by({compared.opening}, happened_on) as opening_mrr"
    if (compared.closing or "").startswith("customer_"):
        yield f", max_by(max_by({compared.closing}, happened_on), max(happened_on))"
        yield "over (partition by period, customer_id) as closing_mrr"
    else:
        yield f", max_by({compared.closing}, happened_on) as closing_mrr"
    if any("last_churn_kind" in measure.expression for measure in measures.values()):
        yield ", max_by(churn_kind, happened_on) filter (where churn_kind is not null) as last_churn_kind"
    yield f"from facts group by period, customer_id{kept})"


def _expression(metric: Metric) -> str:
    """The metric as an expression over its simple and cumulative metrics."""
    if metric.expression is None:
        return metric.name
    return re.sub(
        r"\b(" + "|".join(metric.parts) + r")\b",
        lambda found: f"({_expression(metrics()[found[1]])})",
        metric.expression,
    )
