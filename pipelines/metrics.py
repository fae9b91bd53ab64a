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
from pipelines.transformation import PROJECT_FOLDER

GRAINS = ("day", "week", "month")
# The tables of the published snapshot behind the models that the YAML refers to.
_TABLES = {
    "fct_mrr_movements": "revenue.fct_mrr_movements",
    "dim_customers": "core.dim_customers",
    "dim_customer_cohorts": "retention.dim_customer_cohorts",
    "fct_transactions": "core.fct_transactions",
}


class UnknownChoiceError(UserError):
    """A name that nothing has; the sentence names the nearest that something has."""


@dataclass(frozen=True)
class Measure:
    """An expression over the rows of a semantic model, summed; or one over a customer's open and close of a period."""

    name: str
    expression: str
    compares_open_and_close: bool


@dataclass(frozen=True)
class SemanticModel:
    """A published table, its time column, its measures and the dimensions of its rows (description by name)."""

    name: str
    table: str
    time_column: str | None
    measures: dict[str, Measure]
    dimensions: dict[str, str]
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
    measures = {
        measure["name"]: Measure(
            measure["name"],
            measure["expr"],
            measure.get("config", {}).get("meta", {}).get("compares_open_and_close", False),
        )
        for measure in told.get("measures", [])
    }
    entities = {entity["name"]: entity["type"] for entity in told["entities"]}
    return SemanticModel(
        told["name"],
        _TABLES[referred[1]],
        told.get("defaults", {}).get("agg_time_dimension"),
        measures,
        {each["name"]: each["description"] for each in told["dimensions"] if each["type"] == "categorical"},
        joins_customers=entities.get("customer") == "foreign",
        is_of_customers=entities.get("customer") == "primary",
    )


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


def model_of(metric: Metric) -> SemanticModel:
    """The semantic model that holds all measures of a metric."""
    wanted = {leaf.measure for leaf in leaves(metric)}
    return next(model for model in semantic_models().values() if wanted <= model.measures.keys())


def dimensions_of(metric: Metric) -> dict[str, tuple[SemanticModel, str]]:
    """The dimensions by which a metric can be sliced: the semantic model that has each, and what it means.

    A metric that carries a state from period to period, or compares two, can be sliced only by what customers are:
    the attributes of one movement say nothing about a customer without one.
    """
    model = model_of(metric)
    found: dict[str, tuple[SemanticModel, str]] = {}
    is_of_states = any(
        leaf.kind == "cumulative" or model.measures[leaf.measure or ""].compares_open_and_close
        for leaf in leaves(metric)
    )
    if not is_of_states:
        found |= {name: (model, words) for name, words in model.dimensions.items()}
    if model.joins_customers:
        for other in semantic_models().values():
            if other.is_of_customers:
                found |= {name: (other, words) for name, words in other.dimensions.items() if name not in found}
    return found


def compile_metric(
    metric: Metric, by: Sequence[str], grain: str, first: date | None = None, last: date | None = None
) -> str:
    """The select that answers a metric by period and dimensions; every period of the series, also those without rows.

    Columns: period (the first day of each, in the report time zone), the dimensions, the metric. ``first`` and ``last``
    bound the first days of the periods. Raises ``UnknownChoiceError`` for a dimension that cannot slice the metric.
    """
    valid = dimensions_of(metric)
    for name in by:
        if name not in valid:
            known = {each for model in semantic_models().values() for each in model.dimensions}
            why = f"cannot be sliced by {name}" if name in known else f"has no dimension {name!r}"
            raise UnknownChoiceError(f"The metric {metric.name} {why}: its dimensions are {', '.join(sorted(valid))}.")
    if len(set(by)) < len(by):
        raise UnknownChoiceError(f"A dimension is named twice in {', '.join(by)}: name each once.")
    return "\n".join(_parts_of_select(metric, [(name, valid[name][0]) for name in by], grain, first, last))


def _parts_of_select(
    metric: Metric, by: list[tuple[str, SemanticModel]], grain: str, first: date | None, last: date | None
) -> Iterator[str]:
    model = model_of(metric)
    names = [name for name, _ in by]
    listed = "".join(f", {name}" for name in names)
    measures = list(dict.fromkeys(leaf.measure for leaf in leaves(metric) if leaf.measure))
    summed = [name for name in measures if not model.measures[name].compares_open_and_close]
    compared = [name for name in measures if model.measures[name].compares_open_and_close]
    yield from _facts(model, by, grain)
    customer = ", customer_id" if compared else ""
    yield ", in_period as (" + f"select period{listed}{customer}"
    yield "".join(f", sum({model.measures[name].expression}) as {name}" for name in summed)
    if compared:
        yield ", min_by(mrr_before, happened_on) as opening_mrr, max_by(mrr_after, happened_on) as closing_mrr"
    yield f"from facts group by period{listed}{customer})"
    yield f", summed as (select period{listed}"
    yield "".join(f", sum({name}) as {name}" for name in summed)
    yield "".join(f", sum({model.measures[name].expression}) as {name}" for name in compared)
    yield f"from in_period group by period{listed})"
    combinations = f"(select distinct {', '.join(names)} from summed) as seen" if names else "(select 1 as one) as seen"
    yield (
        ", periods as (select cast(unnest(generate_series(min(period), "
        f"(select cast(date_trunc('{grain}', as_of_date) as date) from ops.build_info), interval '1' {grain})) "
        "as date) as period from summed)"
    )
    yield f", filled as (select periods.period{''.join(f', seen.{name}' for name in names)}"
    yield "".join(f", coalesce(summed.{name}, 0) as {name}" for name in measures)
    matched = "".join(f" and seen.{name} = summed.{name}" for name in names)
    yield f"from periods cross join {combinations} left join summed on periods.period = summed.period{matched})"
    window = (
        f"over ({'partition by ' + ', '.join(names) + ' ' if names else ''}order by period rows unbounded preceding)"
    )
    values = "".join(
        f", sum({leaf.measure}) {window if leaf.kind == 'cumulative' else ''} as {leaf.name}"
        if leaf.kind == "cumulative"
        else f", {leaf.measure} as {leaf.name}"
        for leaf in leaves(metric)
    )
    yield f", leaves as (select period{listed}{values} from filled)"
    yield f"select period{listed}, {_expression(metric)} as {metric.name} from leaves"
    bounds = [f"period >= date '{first}'"] if first else []
    bounds += [f"period <= date '{last}'"] if last else []
    if bounds:
        yield f"where {' and '.join(bounds)}"
    yield f"order by period{listed}"


def _facts(model: SemanticModel, by: list[tuple[str, SemanticModel]], grain: str) -> Iterator[str]:
    """The rows of the semantic model with their period and the dimensions asked for, as the common table facts."""
    day = f"fact.{model.time_column}"
    if model.time_column == "occurred_at":
        # A day is one of the report time zone.
        day = f"cast({day} at time zone 'UTC' at time zone (select timezone from ops.build_info) as date)"
    own = {name for name, other in by if other is model}
    columns = "".join(
        f", coalesce(cast({'fact' if name in own else other.name}.{name} as varchar), '(none)') as {name}"
        for name, other in by
    )
    hidden = f" exclude ({', '.join(sorted(own))})" if own else ""
    # A dimension keeps its own name beside the measures, which may read the column of the same name.
    yield f"with facts as (select fact.*{hidden}{columns}, {day} as happened_on"
    yield f", cast(date_trunc('{grain}', {day}) as date) as period from {model.table} as fact"
    for other in {other.name: other for _, other in by if other is not model}.values():
        yield f"left join {other.table} as {other.name} on fact.customer_id = {other.name}.customer_id"
    yield ")"


def _expression(metric: Metric) -> str:
    """The metric as an expression over its simple and cumulative metrics."""
    if metric.expression is None:
        return metric.name
    return re.sub(
        r"\b(" + "|".join(metric.parts) + r")\b",
        lambda found: f"({_expression(metrics()[found[1]])})",
        metric.expression,
    )
