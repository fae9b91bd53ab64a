"""The select that answers a metric: by period and dimensions, narrowed by dimensions and to a list of customers.

Belongs here: compiling a metric of the semantic layer to SQL over a published snapshot. Does not belong here: what the
semantic layer says (``pipelines.readings.metrics``), a question as a value (``questions``), running the select.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.readings.metrics import (
    Dimension,
    Measure,
    Metric,
    SemanticModel,
    UnknownChoiceError,
    answering,
    dimensions_of,
    leaves,
    metrics,
    models_of,
    slicers,
)

ROLLING = "rolling_30_days"
# All days from the first to the last asked for as one period.
TOTAL = "total"
GRAINS = ("day", "week", "month", "quarter", ROLLING, TOTAL)
_ROLLING_DAYS = 30
# The periods that can be asked for of what is kept by month.
_GRAINS_OF_MONTHS = ("month", "quarter")
# The name under which the customers that a question is narrowed to are bound.
CUSTOMERS = "only_customers"

Slicers = list[tuple[SemanticModel, Dimension]]


def compile_metric(
    metric: Metric,
    by: Sequence[str],
    grain: str,
    first: date | None = None,
    last: date | None = None,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    only_customers: bool = False,
    beside: Sequence[Metric] = (),
) -> str:
    """The select that answers a metric by period and dimensions; every period of the series, also those without rows.

    Columns: period (its first day in the report time zone; of thirty rolling days the last), dimensions, the metric,
    and those ``beside`` it. ``first`` and ``last`` bound the periods by that day, and of a total the days. ``where``
    narrows it to values of dimensions: the answer is that of the slices with these values. They are bound by name, as
    ``values_of`` has them, and with ``only_customers`` so is a list of customer ids, as ``CUSTOMERS``. Raises
    ``UnknownChoiceError`` for dimensions that cannot slice a metric, or not at once, for metrics that are not of the
    same rows, for the total of a level, and for periods or customers that the rows do not tell apart.
    """
    asked = [metric, *beside]
    narrowed = {name: len(values) for name, values in (where or {}).items() if values}
    cut = [*by, *(name for name in narrowed if name not in by)]
    if len(set(by)) < len(by):
        raise UnknownChoiceError(f"A dimension is named twice in {', '.join(by)}: name each once.")
    if grain == TOTAL:
        _require_totals(asked)
    model, chosen = _chosen(asked, cut)
    _require_customers(model, metric, only_customers=only_customers)
    if model.grain == "month" and grain not in _GRAINS_OF_MONTHS:
        raise UnknownChoiceError(f"The metric {metric.name} is kept by month: ask for months or quarters.")
    day = "happened_on" if grain == TOTAL else "period"
    bounds = [f"{day} >= date '{first}'"] if first else []
    bounds += [f"{day} <= date '{last}'"] if last else []
    return "\n".join(
        _parts_of_select(asked, model, chosen, grain, bounds, shown=by, narrowing=_narrowing(narrowed, only_customers))
    )


def table_of(metric: Metric, names: Sequence[str]) -> str:
    """The published table whose rows answer a metric by dimensions; raises ``UnknownChoiceError`` where none does."""
    model, _ = _chosen([metric], names)
    return model.table


def rows_behind(metric: Metric, where: Mapping[str, Sequence[str]], *, only_customers: bool = False) -> str:
    """The rows of its table that a metric adds up between two days, bound as ``first_day`` and ``last_day``.

    The newest first. ``where`` and ``only_customers`` narrow and are bound as those of ``compile_metric``.
    """
    narrowed = {name: len(values) for name, values in where.items() if values}
    model, chosen = _chosen([metric], list(narrowed))
    _require_customers(model, metric, only_customers=only_customers)
    narrowing = _narrowing(narrowed, only_customers)
    counted = " or ".join(f"({model.measures[leaf.measure or ''].expression}) <> 0" for leaf in leaves(metric))
    kept = [f"({counted})", "happened_on between $first_day and $last_day", *narrowing.conditions(narrowing.places)]
    left_out = ", ".join(["happened_on", *(f"by_{dimension.name}" for _, dimension in chosen)])
    select = " ".join(_days(model, chosen, narrowing))
    return (
        f"select * exclude ({left_out}) from ({select}) as days where {' and '.join(kept)} "
        f"order by happened_on desc{f', {model.key}' if model.key else ''}"
    )


def _narrowing(narrowed: Mapping[str, int], only_customers: bool) -> _Narrowing:
    return _Narrowing(
        {f"by_{name}": [_place(name, number) for number in range(count)] for name, count in narrowed.items()},
        only_customers=only_customers,
    )


def _require_customers(model: SemanticModel, metric: Metric, *, only_customers: bool) -> None:
    if only_customers and not model.joins_customers:
        raise UnknownChoiceError(
            f"The metric {metric.name} is made with what is of no single customer: ask for it without a segment."
        )


def _require_totals(asked: Sequence[Metric]) -> None:
    for metric in asked:
        if any(leaf.kind == "cumulative" for leaf in leaves(metric)):
            raise UnknownChoiceError(
                f"The metric {metric.name} is, or is made with, a level at the close of a period, of which there is "
                "no total: ask for days, weeks, months or quarters."
            )


def values_of(where: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The values of ``where`` by the names under which ``compile_metric`` has them bound."""
    return {_place(name, number): value for name, values in where.items() for number, value in enumerate(values)}


def _place(name: str, number: int) -> str:
    return f"where_{name}_{number}"


@dataclass(frozen=True)
class _Narrowing:
    """The names of the bound values by column, and whether customers are bound too."""

    places: dict[str, list[str]]
    only_customers: bool

    def conditions(self, columns: Iterable[str]) -> list[str]:
        """The conditions on these columns."""
        return [
            f"{column} in ({', '.join(f'${place}' for place in self.places[column])})"
            for column in columns
            if column in self.places
        ]


def _chosen(asked: Sequence[Metric], by: Sequence[str]) -> tuple[SemanticModel, Slicers]:
    """The model whose rows answer metrics by dimensions, and these; raises ``UnknownChoiceError`` where none does."""
    for metric in asked:
        valid = dimensions_of(metric)
        for name in by:
            if name not in valid:
                instead = answering(metric, name)
                why = f"cannot be sliced by {name}" if instead else f"has no dimension {name!r}"
                hint = f"; for {name} ask for {' or '.join(instead)}" if instead else ""
                raise UnknownChoiceError(
                    f"The metric {metric.name} {why}: its dimensions are {', '.join(sorted(valid))}{hint}."
                )
    metric, *others = asked
    shared = [model for model in models_of(metric) if all(model in models_of(other) for other in others)]
    if not shared:
        raise UnknownChoiceError(f"The metrics {', '.join(each.name for each in asked)} are not of the same rows.")
    refused = ""
    for model in shared:
        known_here = slicers(asked, model)
        of_some_rows = [name for name in by if name in known_here and known_here[name][1].rows is not None]
        if all(name in known_here for name in by) and len(of_some_rows) <= 1:
            return model, [known_here[name] for name in by]
        of_states = [name for name in by if name in known_here and model.cuts_states(known_here[name][1])]
        if of_states:
            beside = sorted(name for name in known_here if name not in by)
            refused = f"beside {of_states[0]} its dimensions are {', '.join(beside)}"
    raise UnknownChoiceError(f"The metric {metric.name} cannot be sliced by {' and '.join(by)} at once: {refused}.")


def _parts_of_select(
    asked: Sequence[Metric],
    model: SemanticModel,
    by: Slicers,
    grain: str,
    bounds: list[str],
    *,
    shown: Sequence[str],
    narrowing: _Narrowing,
) -> Iterator[str]:
    """The select in its steps; dimensions that only narrow are columns until the measures are summed."""
    names = [f"by_{name}" for name in shown]
    listed = "".join(f", {name}" for name in names)
    all_leaves = list(dict.fromkeys(leaf for metric in asked for leaf in leaves(metric)))
    measures = {leaf.measure: model.measures[leaf.measure] for leaf in all_leaves if leaf.measure}
    of_movements = _of_movements(model, by)
    yield from _facts(model, by, grain, bounds, narrowing)
    if any(measure.opening is not None for measure in measures.values()):
        yield from _customers_of_periods(measures, [f"by_{dimension.name}" for _, dimension in by], of_movements)
        source = "in_period"
    else:
        source = "facts"
    # What a movement is can be asked only of a customer's last one, so it narrows what is compared already.
    kept = narrowing.conditions(sorted(of_movements))
    conditions = f" where {' and '.join(kept)}" if kept else ""
    yield f", summed as (select period{listed}"
    for name, measure in measures.items():
        # What is compared comes with the sums of each customer, which are added up.
        is_summed_already = source == "in_period" and measure.opening is None
        yield f", sum({name if is_summed_already else measure.expression}) as {name}"
    yield f"from {source}{conditions} group by period{listed})"
    # Thirty rolling days are about each day, and what a state has come to by then is the sum of single days.
    rolls = grain == ROLLING
    carried = {
        leaf.measure: measures[leaf.measure] for leaf in all_leaves if leaf.kind == "cumulative" and leaf.measure
    }
    if rolls:
        sums = "".join(f", sum({measure.expression}) as day_{name}" for name, measure in carried.items())
        yield f", by_day as (select happened_on as period{listed}{sums} from days group by happened_on{listed})"
    known, step = ("by_day", "day") if rolls else ("summed", grain)
    if grain == TOTAL:
        yield ", periods as (select distinct period from summed)"
    else:
        newest = f"(select cast(date_trunc('{step}', as_of_date) as date) from ops.build_info)"
        # What lies ahead of the as-of day has periods of its own.
        end = f"greatest({newest}, max(period))" if any(metric.reaches_ahead for metric in asked) else newest
        yield (
            f", periods as (select cast(unnest(generate_series(min(period), {end}, interval 1 {step})) "
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
        for leaf in all_leaves
    )
    yield f", leaves as (select period{listed}{values} from filled)"
    titled = "".join(f", by_{name} as {name}" for name in shown)
    values = "".join(f", {_expression(metric)} as {metric.name}" for metric in asked)
    yield f"select period{titled}{values} from leaves"
    if bounds and grain != TOTAL:
        yield f"where {' and '.join(bounds)}"
    yield f"order by period{listed}"


def _of_movements(model: SemanticModel, by: Slicers) -> set[str]:
    """The columns that say what a movement is, and not whose or on which value."""
    return {f"by_{dimension.name}" for other, dimension in by if other is model and not model.cuts_states(dimension)}


def _source(model: SemanticModel, by: Slicers) -> str:
    """The table of a model; one that is finer than what is asked for is summed to it."""
    if not model.summed:
        return model.table
    keys = ", ".join(dimension.expression for other, dimension in by if other is model and model.cuts_states(dimension))
    summed = "".join(f", sum({column}) as {column}" for column in model.summed)
    of_customer = "".join(f", max({column}) as {column}" for column in model.of_customer)
    daily = (
        f"select customer_id, {model.time_column}, {keys}, sum(mrr_after - mrr_before) as mrr_change{summed}"
        f"{of_customer} from {model.table} group by customer_id, {model.time_column}, {keys}"
    )
    running = (
        f"select *, sum(mrr_change) over (partition by customer_id, {keys} order by {model.time_column} "
        f"rows unbounded preceding) as mrr_after from ({daily})"
    )
    return f"(select *, mrr_after - mrr_change as mrr_before from ({running}))"


def _days(model: SemanticModel, by: Slicers, narrowing: _Narrowing) -> Iterator[str]:
    """The rows of the semantic model with the dimensions asked for and their day, of the customers asked for."""
    day = f"fact.{model.time_column}"
    if model.time_column and model.time_column.endswith("_at"):
        # A day is one of the report time zone.
        day = f"cast({day} at time zone 'UTC' at time zone (select timezone from ops.build_info) as date)"
    columns = "".join(
        f", coalesce(cast({'fact' if other is model else other.name}.{dimension.expression} as varchar), '(none)') "
        f"as by_{dimension.name}"
        for other, dimension in by
    )
    yield f"select fact.*{columns}, {day} as happened_on from {_source(model, by)} as fact"
    for other in {other.name: other for other, _ in by if other is not model}.values():
        yield f"left join {other.table} as {other.name} on fact.customer_id = {other.name}.customer_id"
    conditions = [f"fact.{dimension.rows}" for other, dimension in by if other is model and dimension.rows]
    if narrowing.only_customers:
        conditions.append(f"fact.customer_id in (select unnest(${CUSTOMERS}))")
    if conditions:
        yield f"where {' and '.join(conditions)}"


def _facts(model: SemanticModel, by: Slicers, grain: str, bounds: list[str], narrowing: _Narrowing) -> Iterator[str]:
    """The rows of the semantic model with the dimensions asked for, as ``days``, and with their period, as ``facts``.

    They are narrowed here by what is the same on all rows of a customer, or of the customer's share in a value.

    Of thirty rolling days a row is in as many periods, each named by its last day.
    """
    early = narrowing.conditions(sorted(narrowing.places.keys() - _of_movements(model, by)))
    yield "with days as (select * from (" if early else "with days as ("
    yield from _days(model, by, narrowing)
    yield f") as sliced where {' and '.join(early)})" if early else ")"
    bounded = f" where {' and '.join(bounds)}" if bounds else ""
    if grain == ROLLING:
        series = f"generate_series(happened_on, happened_on + {_ROLLING_DAYS - 1}, interval 1 day)"
        yield f", facts as (select * from (select *, cast(unnest({series}) as date) as period from days) as rolled"
        yield f"{bounded})"
    elif grain == TOTAL:
        yield f", facts as (select *, (select min(happened_on) from days{bounded}) as period from days{bounded})"
    else:
        yield f", facts as (select *, cast(date_trunc('{grain}', happened_on) as date) as period from days)"


def _customers_of_periods(measures: dict[str, Measure], names: Sequence[str], of_movements: set[str]) -> Iterator[str]:
    """Each customer's sums, open and close of a period with the attributes of the last movement, as in_period.

    Who holds several values of a dimension closes, as a customer, as the last row of any of them says, and left for the
    reason that it says.
    """
    kept = "".join(f", {name}" for name in names if name not in of_movements)
    compared = next(measure for measure in measures.values() if measure.opening is not None)
    is_on_values = (compared.closing or "").startswith("customer_")

    def last(column: str, condition: str = "") -> str:
        of_value = f"max_by({column}, happened_on){condition}"
        if not is_on_values:
            return of_value
        day = f"max(happened_on){condition}"
        return f"max_by({of_value}, {day}) over (partition by period, customer_id)"

    yield f", in_period as (select period, customer_id{kept}"
    yield "".join(f", {last(name)} as {name}" for name in names if name in of_movements)
    yield "".join(
        f", sum({measure.expression}) as {name}" for name, measure in measures.items() if measure.opening is None
    )
    yield f", min_by({compared.opening}, happened_on) as opening_mrr, {last(compared.closing or '')} as closing_mrr"
    expressions = [measure.expression for measure in measures.values()]
    if any("last_churn_kind" in expression for expression in expressions):
        yield f", {last('churn_kind', ' filter (where churn_kind is not null)')} as last_churn_kind"
    if any("has_begun" in expression for expression in expressions):
        yield ", bool_or(movement_type = 'new') as has_begun"
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
