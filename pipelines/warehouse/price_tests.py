"""Between the warehouse and the judge of experiments: what the variants of price tests brought.

Belongs here: reading outcomes, when a comparison is refused and why, writing results. Does not belong here: inference
(``models.experiments``), what an outcome is (``dbt_project``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.results import replace_table

if TYPE_CHECKING:
    import polars as pl

METRICS = ("conversion", "trial_conversion", "realised_value", "retention", "mrr")
_MONEY = ("realised_value", "mrr")
# So many people in two variants and no difference is shown: what they saw second may be what moved them.
MOST_IN_TWO = 0.01
_RESULTS = (
    "test_id VARCHAR, variant VARCHAR, metric VARCHAR, horizon_days INTEGER, people BIGINT, control_people BIGINT, "
    "value DOUBLE, control_value DOUBLE, difference DOUBLE, interval_low DOUBLE, interval_high DOUBLE, "
    "sequential_low DOUBLE, sequential_high DOUBLE, sample_ratio_p DOUBLE, in_two_share DOUBLE, "
    "smallest_detectable DOUBLE, people_needed DOUBLE, refusal VARCHAR, headline VARCHAR"
)
_VARIANTS = "select * from offers.fct_price_test_variants order by test_id, variant"
_OUTCOMES = """
    select test_id, horizon_days, person_id, variant, cast(is_converted as double) as conversion,
        cast(has_converted_trial as double) as trial_conversion, cast(revenue as double) as realised_value,
        cast(is_retained as double) as retention, cast(mrr as double) as mrr
    from offers.fct_price_test_outcomes order by test_id, horizon_days, person_id, is_customer
"""


def judge_price_tests(warehouse: Path, currency: str) -> int:
    """Replace ``offers.fct_price_test_results``, money in the reporting currency; its rows."""
    import polars as pl

    with open_warehouse(warehouse, read_only=True) as connection:
        outcomes = pl.DataFrame(connection.sql(_OUTCOMES).to_arrow_table())
        known = pl.DataFrame(connection.sql(_VARIANTS).to_arrow_table())
    results = [
        [test, *row]
        for (test,), variants in known.group_by("test_id", maintain_order=True)
        for row in _judged(str(test), variants, outcomes.filter(test_id=test), currency)
    ]
    with open_warehouse(warehouse) as connection:
        replace_table(connection, "offers.fct_price_test_results", _RESULTS, results)
    return len(results)


def _judged(test: str, variants: pl.DataFrame, outcomes: pl.DataFrame, currency: str) -> list[list[Any]]:
    """A row a variant other than the control, metric and horizon; without differences where those are refused."""
    from models.experiments.checks import arms_ratio_p
    from models.experiments.judging import judge

    shares = _shares(variants)
    ratio = arms_ratio_p(variants["assigned"].to_list(), list(shares.values()))
    in_two = int(variants["in_two_variants"].sum()) / int(variants["assigned"].sum())
    controls = variants.filter("is_control")["variant"].to_list()
    refusal = _refusal(test, variants, controls, ratio, in_two)
    rows: list[list[Any]] = []
    for (horizon,), people in outcomes.group_by("horizon_days", maintain_order=True):
        there = people["variant"].unique().to_list()
        if len(controls) != 1 or controls[0] not in there:
            rows += [[name, metric, horizon, *_alone(people, name, metric), ratio, in_two, None, None, refusal, refusal]
                     for name in sorted(there) for metric in METRICS]  # fmt: skip
            continue
        judged = judge(
            people,
            arm="variant",
            control=controls[0],
            outcomes=METRICS,
            shares={name: shares[name] for name in there},
            currencies=dict.fromkeys(_MONEY, currency),
        )
        for arm in judged.arms:
            effect = arm.effect
            compared = [effect.difference, effect.low, effect.high, effect.sequential_low, effect.sequential_high]
            rows.append(
                [
                    *(arm.arm, arm.outcome, horizon, arm.people, arm.held_out, arm.mean, arm.held_mean),
                    *([None] * len(compared) if refusal else compared),
                    *(ratio, in_two, arm.smallest_detectable, None if refusal else arm.people_needed),
                    *(refusal, refusal or arm.headline.replace(arm.outcome, arm.outcome.replace("_", " "))),
                ]
            )
    return rows


def _alone(people: pl.DataFrame, variant: str, metric: str) -> list[Any]:
    """The people and the mean of a variant that has nothing to be compared with."""
    own = people.filter(variant=variant)
    return [own.height, None, own[metric].mean(), None, *[None] * 5]


def _shares(variants: pl.DataFrame) -> dict[str, float]:
    """The weight of each variant in the draw; alike unless every one has its own."""
    given = variants["share"].to_list()
    names = variants["variant"].to_list()
    if any(share is None or share <= 0 for share in given):
        return dict.fromkeys(names, 1.0)
    return dict(zip(names, given, strict=True))


def _refusal(test: str, variants: pl.DataFrame, controls: list[str], ratio: float, in_two: float) -> str | None:
    """Why no difference is shown, in a sentence; none where nothing is in the way."""
    from models.experiments.checks import SAMPLE_RATIO_ALARM

    unknown = variants.filter(~variants["is_defined"])["variant"].to_list()
    if unknown:
        return (
            f"People of {test} were put in {', '.join(unknown)}, which the feed price_tests does not have: add the "
            "variant or correct the assignments; until then no difference is shown."
        )
    if len(controls) != 1:
        found = f"{', '.join(controls)} are" if controls else "none is"
        return f"One variant of {test} has to be the control, and {found}: say which with is_control in price_tests."
    if ratio < SAMPLE_RATIO_ALARM:
        return (
            f"The variants of {test} are not as large as their shares make them (p = {ratio:.2g}): people are missing "
            "from one, so no difference is shown before it is known why."
        )
    if in_two > MOST_IN_TWO:
        return (
            f"{in_two:.1%} of the people of {test} were put in two variants: what they saw second may be what moved "
            "them, so no difference is shown; assign each person once."
        )
    return None
