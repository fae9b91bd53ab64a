"""The same month by each definition, and what makes the difference.

Belongs here: selects from the marts of conventions. Does not belong here: the default's own numbers
(``app.queries.revenue``), formulas (``dbt_project``).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from app.queries.rows import select


def months(file: str) -> pl.DataFrame:
    """The months that have variants, the newest first: month, is_complete."""
    return select(file, "select distinct month, is_complete from conventions.fct_metric_variants order by month desc")


def variants(file: str, metric: str, month: date) -> pl.DataFrame:
    """A metric of a month by each convention that defines it: its value, the gap to the default, formula and source."""
    return select(
        file,
        """
        select registry.convention, registry.title, variants.numerator, variants.denominator,
            variants.variant_value, variants.gap, registry.formula, registry.source
        from conventions.fct_metric_variants as variants
        inner join conventions.dim_conventions as registry
            on variants.convention = registry.convention and variants.metric = registry.metric
        where variants.metric = $metric and variants.month = $month
        order by registry.convention_number
        """,
        (("metric", metric), ("month", month)),
    )


def gap(file: str, metric: str, month: date, convention: str) -> pl.DataFrame:
    """The gap of a convention to the default, a row a rule in the order of application."""
    return select(
        file,
        """
        select step_number, rule_name, rule_value, numerator, denominator, value_after, contribution
        from conventions.fct_variant_gaps
        where metric = $metric and month = $month and convention = $convention
        order by step_number
        """,
        (("metric", metric), ("month", month), ("convention", convention)),
    )
