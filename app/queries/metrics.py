"""Metrics of the semantic layer on a snapshot: by period, narrowed, cut, and what is behind a period of one.

The select is that of ``churniq metric``: the same question has the same answer here and there.

Belongs here: asking. Does not belong here: what a metric is (``pipelines.readings.metrics``), charts.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import streamlit as st

from app.connection import Value, fetch
from app.queries import choices
from app.queries.rows import Rows, select
from pipelines.readings.by_convention import DEFINED, query_by_convention
from pipelines.readings.metric_queries import CUSTOMERS, rows_behind, values_of
from pipelines.readings.metrics import UnknownChoiceError, find_metric, leaves, metrics, models_of
from pipelines.readings.questions import Question, Where

# What a customer's movement can be that a metric adds up; of the others any.
_MOVEMENTS = {
    "new_mrr": ("new",),
    "expansion_mrr": ("expansion",),
    "contraction_mrr": ("contraction",),
    "churn_mrr": ("churn",),
    "reactivation_mrr": ("reactivation",),
    "lost_mrr": ("contraction", "churn"),
    "churned_customers": ("churn",),
    "reactivated_customers": ("reactivation",),
    "net_customer_churn_rate": ("churn", "reactivation"),
    "customer_churn_rate": ("churn",),
    "gross_mrr_churn_rate": ("contraction", "churn"),
    "voluntary_churned_customers": ("churn",),
    "involuntary_churned_customers": ("churn",),
    "other_churned_customers": ("churn",),
}
_EVERY = ("new", "expansion", "contraction", "churn", "reactivation", "switched")
# What a movement is, and not whose.
OF_MOVEMENTS = ("churn_kind", "churn_rule")
_MOVEMENTS_TABLE = "revenue.fct_mrr_movements"

_MOVED = """
    select movement_date, customer_id, movement_type, mrr_change, mrr_before, mrr_after, churn_kind, churn_rule,
        churned_subscription_id
    from revenue.fct_mrr_movements
    where movement_date between $first_day and $last_day and list_contains($movement_types, movement_type)
        and ($churn_kind is null or list_contains(cast($churn_kind as varchar[]), churn_kind))
        and ($churn_rule is null or list_contains(cast($churn_rule as varchar[]), churn_rule))
    order by abs(mrr_change) desc, movement_date, customer_id
"""
# What a movement was on, each of which has a row; what switched between two is of no type.
_ON_VALUES = ("offer", "channel", "provider", "interval", "currency")
_MOVED_ON_VALUES = """
    with moved as (
        select movement_date, customer_id, mrr_before, mrr_after, churn_kind, unnest(map_entries(map {
            'new': new_mrr, 'reactivation': reactivation_mrr, 'expansion': expansion_mrr,
            'contraction': contraction_mrr, 'churn': churn_mrr,
            'switched': switched_in_mrr + switched_out_mrr
        })) as movement
        from revenue.fct_mrr_movements_by_combination
        where movement_date between $first_day and $last_day
            and ($offer is null or list_contains(cast($offer as varchar[]), offer))
            and ($channel is null or list_contains(cast($channel as varchar[]), channel))
            and ($provider is null or list_contains(cast($provider as varchar[]), provider))
            and ($interval is null or list_contains(cast($interval as varchar[]), price_interval))
            and ($currency is null or list_contains(cast($currency as varchar[]), price_currency))
            and ($churn_kind is null or list_contains(cast($churn_kind as varchar[]), churn_kind))
    )

    select movement_date, customer_id, movement.key as movement_type, sum(movement.value) as mrr_change,
        sum(mrr_before) as mrr_before, sum(mrr_after) as mrr_after, max(churn_kind) as churn_kind
    from moved
    where movement.value <> 0 and list_contains($movement_types, movement.key)
    group by movement_date, customer_id, movement.key
    having sum(movement.value) <> 0
    order by abs(sum(movement.value)) desc, movement_date, customer_id, movement_type
"""


def answer(file: str, question: Question) -> pl.DataFrame:
    """period, the dimensions, the metric as value; raises ``UnknownChoiceError`` for what cannot be asked."""
    return answers(file, question).rename({question.metric: "value"})


def answers(file: str, question: Question, *others: str) -> pl.DataFrame:
    """The same with metrics of the same rows beside it, each in the column of its name."""
    members = choices.members_of(file, question.segment) if question.segment else None
    frame = _run(file, question.sql(*others), tuple(values_of(dict(question.where)).items()), members)
    counts = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal) and not kind.scale]
    return frame.with_columns(pl.col(counts).cast(pl.Int64))


@st.cache_data(max_entries=500, show_spinner=False)
def _run(file: str, sql: str, values: tuple[tuple[str, str], ...], members: tuple[str, ...] | None) -> pl.DataFrame:
    bound: dict[str, Any] = dict(values)
    if members is not None:
        bound[CUSTOMERS] = list(members)
    return fetch(file, sql, bound)


def can_answer(question: Question) -> bool:
    """Whether a metric can be cut and narrowed so, at once."""
    try:
        question.sql()
    except UnknownChoiceError:
        return False
    return True


def parts_of_share(metric: str) -> tuple[str, str] | None:
    """The metrics that a share is made of, where it is one of counted customers; None otherwise."""
    found = metrics()[metric]
    counted = all(find_metric(part).unit == "count" for part in found.parts)
    # What is taken off of what was counted may be below nothing, so it has no interval.
    if not found.is_share or not counted or find_metric(found.parts[0]).kind != "simple":
        return None
    return found.parts[0], found.parts[1]


def is_share(metric: str) -> bool:
    """Whether a metric is written in hundredths."""
    return find_metric(metric).is_share


def is_money(metric: str) -> bool:
    """Whether a metric is an amount of the reporting currency."""
    return find_metric(metric).is_money


def is_state(metric: str) -> bool:
    """Whether a metric is a level at the close of a period, and not what happened in it."""
    return any(leaf.kind == "cumulative" for leaf in leaves(find_metric(metric)))


def is_kept_by_month(metric: str) -> bool:
    """Whether the rows of a metric tell no shorter periods apart than months."""
    return models_of(find_metric(metric))[0].grain == "month"


def is_of_customers(metric: str) -> bool:
    """Whether the rows of a metric are of customers each, so that a segment narrows it and its customers are known."""
    return models_of(find_metric(metric))[0].joins_customers


def is_of_movements(metric: str) -> bool:
    """Whether the rows behind a metric are movements of MRR."""
    return models_of(find_metric(metric))[0].table == _MOVEMENTS_TABLE


def counted_behind(metric: str, first: date, last: date, where: Where, members: tuple[str, ...] | None) -> Rows:
    """The rows of its table that a metric adds up, the newest first: trials, cases, payments, contacts."""
    sql = rows_behind(find_metric(metric), dict(where), only_customers=members is not None)
    bound: list[tuple[str, Any]] = [("first_day", first), ("last_day", last), *values_of(dict(where)).items()]
    return Rows(sql, (*bound, (CUSTOMERS, members)) if members is not None else tuple(bound))


def needs_of(metric: str) -> list[str]:
    """The table of a metric and its columns to cut by, which a snapshot from before them lacks."""
    model = models_of(find_metric(metric))[0]
    columns = {dimension.expression for dimension in model.dimensions.values()}
    return [model.table, *sorted(".".join((model.table, column)) for column in columns)]


def feeds_of(metric: str) -> tuple[str, ...]:
    """The feeds without any of which a metric has no rows."""
    return models_of(find_metric(metric))[0].feeds


def movements_behind(metric: str, first: date, last: date, where: Where, members: tuple[str, ...] | None) -> Rows:
    """The movements of customers that a metric of a period adds up, the largest first.

    Those of ``where`` that say what a movement is, or on what it was, hold for it; the others for the customer now.
    """
    chosen = dict(where)
    on_values = any(name in chosen for name in _ON_VALUES)
    held = (*_ON_VALUES, "churn_kind") if on_values else OF_MOVEMENTS
    bound: dict[str, Value] = {
        "first_day": first,
        "last_day": last,
        "movement_types": _MOVEMENTS.get(metric, _EVERY),
        **{name: chosen.get(name) for name in held},
    }
    rows = Rows(_MOVED_ON_VALUES if on_values else _MOVED, tuple(bound.items()))
    return rows.narrowed(tuple(each for each in where if each[0] not in held), members)


def end_of(period: date, grain: str) -> date:
    """The last day of a period."""
    if grain == "day":
        return period
    if grain == "week":
        return period + timedelta(days=6)
    months = 3 if grain == "quarter" else 1
    for _ in range(months):
        period = (period.replace(day=28) + timedelta(days=4)).replace(day=1)
    return period - timedelta(days=1)


def before(period: date, grain: str, *, a_year: bool = False) -> date:
    """The period before, or the one a year before."""
    if a_year:
        return period - timedelta(weeks=52) if grain == "week" else _a_year_before(period)
    if grain in {"day", "week"}:
        return period - timedelta(days=1 if grain == "day" else 7)
    return (period - timedelta(days=1)).replace(day=1)


def _a_year_before(period: date) -> date:
    return period.replace(year=period.year - 1, day=min(period.day, 28) if period.month == 2 else period.day)


def variants(file: str, metric: str, month: date) -> pl.DataFrame:
    """A metric of a month by each definition that has it: title, value, gap, formula."""
    return select(
        file,
        """
        select registry.title, variants.variant_value, variants.gap, registry.formula, registry.source
        from conventions.fct_metric_variants as variants
        inner join conventions.dim_conventions as registry
            on variants.convention = registry.convention and variants.metric = registry.metric
        where variants.metric = $metric and variants.month = $month order by registry.convention_number
        """,
        (("metric", metric), ("month", month)),
    )


def by_convention(file: str, metric: str, convention: str) -> pl.DataFrame:
    """period, value of a metric by another definition, as ``churniq metric`` gives it; empty where none."""
    defined = [(row[0], row[1]) for row in select(file, DEFINED).iter_rows()]
    try:
        query, values = query_by_convention(metric, convention, defined)
    except UnknownChoiceError:
        return pl.DataFrame(schema={"period": pl.Date, "value": pl.Float64})
    return select(file, query, tuple(values.items())).select("period", value="variant_value")


def value_of(file: str, question: Question) -> Decimal:
    """The value of a question about one period; nothing is 0."""
    rows = answer(file, question)
    return Decimal(str(rows["value"][0])) if rows.height and rows["value"][0] is not None else Decimal(0)
