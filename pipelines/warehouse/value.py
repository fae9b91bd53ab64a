"""Between the warehouse and the models of value: reads survivors and purchases, judges the results.

Belongs here: SQL that reads inputs and judges results. Does not belong here: the models (``models.value``), writing
tables (``pipelines.warehouse.results``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.warehouse.database import open_warehouse

if TYPE_CHECKING:
    import polars as pl

_PROJECTION_RULES = {
    "segments with a period twice": """
        select count(*) from (
            select 1 from scoring.fct_cohort_projections
            group by dimension, dimension_value, model, period_number having count(*) > 1
        )
    """,
    "shares that are none, rise, or lie outside their band": """
        select count(*) from (
            select *, lag(projected_share, 1, 1.0) over (
                partition by dimension, dimension_value, model order by period_number
            ) as share_before
            from scoring.fct_cohort_projections
        )
        where projected_share is null or not isfinite(projected_share) or projected_share not between 0 and share_before
            or projected_share not between lower_bound and upper_bound
    """,
}
_PURCHASE_RULES = {
    "buyers twice": """
        select count(*) from (
            select 1 from scoring.fct_purchase_values group by customer_id having count(*) > 1
        )
    """,
    "expectations that are none or below nothing": """
        select count(*) from scoring.fct_purchase_values
        where active_probability not between 0 and 1 or expected_purchases is null or expected_purchases < 0
            or not isfinite(expected_purchases) or expected_revenue < 0
    """,
}


def value_tables(warehouse: Path) -> dict[str, pl.DataFrame]:
    """The tables of the schema ``scoring`` that say what is to come, as of the build's instant."""
    import polars as pl

    from models.value.buyers import value_buyers
    from models.value.projections import project

    with open_warehouse(warehouse, read_only=True) as connection:
        periods, purchases = (
            pl.DataFrame(connection.sql(query).to_arrow_table())
            for query in (
                "select * from retention.fct_survival_by_period order by dimension, dimension_value, period_number",
                "select * from core.fct_purchase_days order by customer_id, purchase_date",
            )
        )
        as_of_date = connection.execute("select as_of_date from ops.build_info").fetchall()[0][0]
    projected, bought = project(periods, as_of_date), value_buyers(purchases, as_of_date)
    return {**projected, **bought, "value_notes": pl.concat([projected["value_notes"], bought["value_notes"]])}


def broken_projections(warehouse: Path) -> list[str]:
    """What cannot be right of ``scoring.fct_cohort_projections``, a phrase each."""
    return _broken(warehouse, _PROJECTION_RULES)


def broken_purchase_values(warehouse: Path) -> list[str]:
    """What cannot be right of ``scoring.fct_purchase_values``, a phrase each."""
    return _broken(warehouse, _PURCHASE_RULES)


def _broken(warehouse: Path, rules: dict[str, str]) -> list[str]:
    with open_warehouse(warehouse, read_only=True) as connection:
        found = {phrase: connection.execute(query).fetchall()[0][0] for phrase, query in rules.items()}
    return [f"{count} {phrase}" for phrase, count in found.items() if count]
