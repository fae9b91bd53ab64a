"""Between the warehouse and the judge of experiments: reads what became of people, writes what campaigns kept.

Belongs here: SQL that reads outcomes and writes results. Does not belong here: inference (``models.experiments``).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.database import open_warehouse

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from models.experiments.judging import ArmResult

_OUTCOMES = """
    select campaign, horizon_days, arm, propensity, churn_probability, cast(mrr_before as double) as mrr_before,
        split_part(stratum, '|', 1) as tenth, split_part(stratum, '|', 2) as provider,
        cast(is_retained as double) as retention, cast(mrr as double) as mrr, cast(revenue as double) as revenue
    from activation.fct_campaign_outcomes
    order by campaign, horizon_days, customer_id
"""
METRICS = ("retention", "mrr", "revenue")
_COVARIATES = ("churn_probability", "mrr_before", "tenth", "provider")
_RESULTS = (
    "campaign VARCHAR, metric VARCHAR, horizon_days INTEGER, sent BIGINT, held_out BIGINT, sent_value DOUBLE, "
    "held_out_value DOUBLE, difference DOUBLE, interval_low DOUBLE, interval_high DOUBLE, sequential_low DOUBLE, "
    "sequential_high DOUBLE, adjusted_difference DOUBLE, adjusted_low DOUBLE, adjusted_high DOUBLE, "
    "adjusted_sequential_low DOUBLE, adjusted_sequential_high DOUBLE, sample_ratio_p DOUBLE, "
    "smallest_detectable DOUBLE, people_needed DOUBLE, saved_mrr DOUBLE, saved_mrr_low DOUBLE, saved_mrr_high DOUBLE, "
    "qini DOUBLE, qini_p DOUBLE, headline VARCHAR"
)
_GROUPS = (
    "campaign VARCHAR, metric VARCHAR, horizon_days INTEGER, dimension VARCHAR, group_name VARCHAR, "
    "difference DOUBLE, interval_low DOUBLE, interval_high DOUBLE"
)


def judge_campaigns(warehouse: Path) -> dict[str, int]:
    """Replace ``activation.fct_campaign_results`` and ``activation.fct_campaign_groups``; their rows."""
    import polars as pl

    with open_warehouse(warehouse, read_only=True) as connection:
        outcomes = pl.DataFrame(connection.sql(_OUTCOMES).to_arrow_table())
    results: list[list[Any]] = []
    groups: list[list[Any]] = []
    for (campaign, horizon), people in outcomes.group_by("campaign", "horizon_days", maintain_order=True):
        found, by_group = _judged(people)
        results += [[campaign, *row[:1], horizon, *row[1:]] for row in found]
        groups += [[campaign, row[0], horizon, *row[1:]] for row in by_group]
    with open_warehouse(warehouse) as connection:
        connection.execute("begin")
        _write(connection, "fct_campaign_results", _RESULTS, results)
        _write(connection, "fct_campaign_groups", _GROUPS, groups)
        connection.execute("commit")
    return {"fct_campaign_results": len(results), "fct_campaign_groups": len(groups)}


def _judged(people: pl.DataFrame) -> tuple[list[list[Any]], list[list[Any]]]:
    """The rows of one campaign and horizon, without their first columns."""
    import polars as pl

    from models.experiments.checks import sample_ratio_p
    from models.experiments.judging import judge

    sent = people.filter(pl.col("arm") == "sent").height
    ratio = sample_ratio_p(sent, people.height - sent, float(people["propensity"].sum()))
    judged = judge(
        people,
        arm="arm",
        control="held_out",
        outcomes=METRICS,
        covariates=_COVARIATES,
        ranked="retention",
    )
    rows = [_row(arm, ratio) for arm in judged.arms]
    groups = [
        [arm.outcome, dimension, group, effect.difference, effect.low, effect.high]
        for arm in judged.arms
        for dimension, group, effect in arm.groups
    ]
    return rows, groups


def _row(arm: ArmResult, ratio: float) -> list[Any]:
    plain, adjusted = arm.effect, arm.adjusted
    is_mrr = arm.outcome == "mrr"
    saved = [value * arm.people if is_mrr else None for value in (adjusted.difference, adjusted.low, adjusted.high)]
    return [
        arm.outcome,
        arm.people,
        arm.held_out,
        arm.mean,
        arm.held_mean,
        *(plain.difference, plain.low, plain.high, plain.sequential_low, plain.sequential_high),
        *(adjusted.difference, adjusted.low, adjusted.high, adjusted.sequential_low, adjusted.sequential_high),
        ratio,
        arm.smallest_detectable,
        arm.people_needed,
        *saved,
        arm.ranking.qini if arm.ranking else None,
        arm.ranking.p_value if arm.ranking else None,
        arm.headline,
    ]


def _write(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[list[Any]]) -> None:
    connection.execute(f"create or replace table activation.{name} ({columns})")
    if rows:
        marks = ", ".join("?" for _ in rows[0])
        finite = [
            [None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row] for row in rows
        ]
        connection.executemany(f"insert into activation.{name} values ({marks})", finite)
