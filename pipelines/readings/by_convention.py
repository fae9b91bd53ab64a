"""A metric by another convention than the default, month by month: the select that answers it, or why none does.

Belongs here: which rows answer. Does not belong here: how months are counted by a convention (``conventions`` in dbt),
what vendors make of metrics (``vendor_definitions``), how an answer is shown (command line and pages).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from pipelines.readings.metrics import UnknownChoiceError, nearest
from pipelines.readings.vendor_definitions import DEFINITIONS, UNANSWERED, VARIANTS, definition_of, definitions_by

DEFINED = "select distinct metric, convention from conventions.dim_conventions order by all"
"""The metrics that each convention of a snapshot defines: what ``query_by_convention`` wants to know."""

_NEWEST = f"(select max(month) from {VARIANTS} where metric = $metric and is_complete)"
VARIANTS_NOW = f"""
    select month, variants.convention, variant_value, gap, formula, source
    from {VARIANTS} as variants inner join conventions.dim_conventions using (convention, metric)
    where metric = $metric and month = {_NEWEST} order by convention_number
"""
"""A metric, bound by name, by every convention that defines it, in the newest complete month."""

GAPS_NOW = f"""
    select convention, step_number, rule_name, rule_value, contribution
    from conventions.fct_variant_gaps where metric = $metric and month = {_NEWEST} order by convention, step_number
"""
"""What each rule of these conventions contributes to the gap to the default."""

# What every convention makes of a metric of its own, by the metric asked for.
_MULTIPLES = {"annual_recurring_revenue": ("mrr", 12)}


def query_by_convention(
    metric: str,
    convention: str,
    defined: Sequence[tuple[str, str]],
    first: date | None = None,
    last: date | None = None,
) -> tuple[str, dict[str, Any]]:
    """The select of period, numerator, denominator, variant_value, default_value and gap, with its bound values.

    ``defined`` are the rows of ``DEFINED``. Raises ``UnknownChoiceError`` where the convention does not define the
    metric; the sentence says what it defines and who defines the metric.
    """
    if (made := definition_of(metric, convention)) is not None:
        return made.sql(first, last), {}
    measured, times = _MULTIPLES.get(metric, (metric, 1))
    if (measured, convention) not in defined:
        raise _undefined(metric, measured, convention, defined)
    values = ("numerator", "variant_value", "default_value", "gap")
    shown = {value: f"{value} * {times} as {value}" if times > 1 else value for value in values}
    query = f"""
        select month as period, {shown["numerator"]}, denominator, {shown["variant_value"]},
            {shown["default_value"]}, {shown["gap"]}
        from {VARIANTS}
        where metric = $metric and convention = $convention and month between $first and $last order by month
    """
    bounds = {"first": first or date.min, "last": last or date.max}
    return query, {"metric": measured, "convention": convention, **bounds}


def _undefined(metric: str, measured: str, convention: str, defined: Sequence[tuple[str, str]]) -> UnknownChoiceError:
    """Which metrics the convention does define, and who defines the metric."""
    choices = [name for defined_metric, name in defined if defined_metric == measured]
    known = sorted({name for _, name in defined})
    if convention not in known:
        return nearest(convention, choices or known, f"convention of {metric}")
    own = [defined_metric for defined_metric, name in defined if name == convention]
    own += [f"{multiple} ({times} x its {of})" for multiple, (of, times) in _MULTIPLES.items() if of in own]
    names = ", ".join([*own, *definitions_by(convention)])
    choices += [each.convention for each in DEFINITIONS if each.metric == metric]
    others = f"ask for one of these, or by {', '.join(choices)}" if choices else "ask for one of these"
    if (reason := UNANSWERED.get((convention, metric))) is not None:
        return UnknownChoiceError(
            f"{convention} {reason}: {metric} by it is not answered, but {names} is: "
            f"leave --convention out, or {others}."
        )
    return UnknownChoiceError(
        f"No definition of {metric} by {convention} is known here, but of {names}: leave --convention out, or {others}."
    )
