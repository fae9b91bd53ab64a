"""Between the warehouse and the judge of experiments: reads what became of people, writes what campaigns kept.

Belongs here: SQL that reads outcomes and writes results. Does not belong here: inference (``models.experiments``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.results import replace_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from models.experiments.judging import ArmResult, Judgement

METRICS = ("retention", "mrr", "revenue")
_MONEY = ("mrr", "revenue")
COVARIATES = ("churn_probability", "mrr_before", "tenth", "provider")
TRAITS = (
    "tenure_days",
    "billing_months",
    "price_position",
    "discount_share",
    "payment_failures_90",
    "minutes_28",
    "minutes_prior_28",
    "live_share_28",
)
OUTCOMES = f"""
    select campaign, horizon_days, customer_id, arm, assigned_date, propensity, churn_probability,
        cast(mrr_before as double) as mrr_before,
        split_part(stratum, '|', 1) as tenth, split_part(stratum, '|', 2) as provider,
        cast(is_retained as double) as retention, cast(mrr as double) as mrr, cast(revenue as double) as revenue,
        {", ".join(TRAITS)}
    from activation.fct_campaign_outcomes
"""
"""What the judge takes, of a warehouse or of a snapshot."""
_RESULTS = (
    "campaign VARCHAR, metric VARCHAR, horizon_days INTEGER, sent BIGINT, held_out BIGINT, sent_value DOUBLE, "
    "held_out_value DOUBLE, difference DOUBLE, interval_low DOUBLE, interval_high DOUBLE, sequential_low DOUBLE, "
    "sequential_high DOUBLE, adjusted_difference DOUBLE, adjusted_low DOUBLE, adjusted_high DOUBLE, "
    "adjusted_sequential_low DOUBLE, adjusted_sequential_high DOUBLE, sample_ratio_p DOUBLE, "
    "smallest_detectable DOUBLE, people_needed DOUBLE, saved_mrr DOUBLE, saved_mrr_low DOUBLE, saved_mrr_high DOUBLE, "
    "qini DOUBLE, qini_p DOUBLE, headline VARCHAR"
)
RESULT_COLUMNS = [column.split()[0] for column in _RESULTS.split(", ")]
_GROUPS = (
    "campaign VARCHAR, metric VARCHAR, horizon_days INTEGER, dimension VARCHAR, group_name VARCHAR, "
    "difference DOUBLE, interval_low DOUBLE, interval_high DOUBLE"
)
_UPLIFT = (
    "campaign VARCHAR, horizon_days INTEGER, place INTEGER, customer_id VARCHAR, arm VARCHAR, uplift DOUBLE, "
    "qini DOUBLE, qini_p DOUBLE"
)


def judge_campaigns(warehouse: Path, currency: str) -> dict[str, int]:
    """Replace results, groups and rankings of campaigns, money in the reporting currency; how many rows of each."""
    import polars as pl

    with open_warehouse(warehouse, read_only=True) as connection:
        query = f"{OUTCOMES} order by campaign, horizon_days, customer_id"
        outcomes = pl.DataFrame(connection.sql(query).to_arrow_table())
    results: list[list[Any]] = []
    groups: list[list[Any]] = []
    ranked: list[list[Any]] = []
    for (campaign, horizon), people in outcomes.group_by("campaign", "horizon_days", maintain_order=True):
        judged = judge_people(people, currency)
        results += [[campaign, row[0], horizon, *row[1:]] for row in results_of(people, judged)]
        groups += [[campaign, row[0], horizon, *row[1:]] for row in _groups(judged)]
        ranked += [[campaign, horizon, *row] for row in _ranked(people, judged)]
    with open_warehouse(warehouse) as connection:
        connection.execute("begin")
        replace_table(connection, "activation.fct_campaign_results", _RESULTS, results)
        replace_table(connection, "activation.fct_campaign_groups", _GROUPS, groups)
        replace_table(connection, "activation.fct_campaign_uplift", _UPLIFT, ranked)
        connection.execute("commit")
    return {
        "fct_campaign_results": len(results),
        "fct_campaign_groups": len(groups),
        "fct_campaign_uplift": len(ranked),
    }


def judge_people(people: pl.DataFrame, currency: str, *, strata: Sequence[str] = ()) -> Judgement:
    """Judge rows of ``OUTCOMES`` of one horizon; ``strata`` are further columns within which people are compared."""
    import polars as pl

    from models.experiments.judging import judge

    # Sentences name the arm.
    named = people.with_columns(pl.col("arm").replace("sent", "the campaign"))
    return judge(
        named,
        arm="arm",
        control="held_out",
        outcomes=METRICS,
        covariates=(*COVARIATES, *strata),
        ranked="retention",
        traits=TRAITS,
        currencies=dict.fromkeys(_MONEY, currency),
    )


def results_of(people: pl.DataFrame, judged: Judgement) -> list[list[Any]]:
    """A row a metric, its columns those of ``RESULT_COLUMNS`` without campaign and horizon."""
    from models.experiments.checks import sample_ratio_p

    sent = people.filter(arm="sent").height
    ratio = sample_ratio_p(sent, people.height - sent, float(people["propensity"].sum()))
    return [_row(arm, ratio) for arm in judged.arms]


def _groups(judged: Judgement) -> list[list[Any]]:
    return [
        [arm.outcome, dimension, group, effect.difference, effect.low, effect.high]
        for arm in judged.arms
        for dimension, group, effect in arm.groups
    ]


def _ranked(people: pl.DataFrame, judged: Judgement) -> list[list[Any]]:
    """Everybody, those first on whom the campaign does most; nobody where the order is no better than chance."""
    ranking = next((arm.ranking for arm in judged.arms if arm.ranking is not None and arm.ranking.is_shown), None)
    if ranking is None:
        return []
    order = (-ranking.uplift).argsort(kind="stable")
    named = people.select("customer_id", "arm").rows()
    return [
        [place, *named[row], float(ranking.uplift[row]), ranking.qini, ranking.p_value]
        for place, row in enumerate(order.tolist(), start=1)
    ]


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
