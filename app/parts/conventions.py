"""One month by each definition, and one definition's gap to the default rule by rule.

Belongs here: the tables and the words beside them. Does not belong here: formulas, which the marts carry.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, definitions, formatting, layout, tables
from app.queries import conventions
from app.view import SnapshotView

VARIANTS = "conventions.fct_metric_variants"
GAPS = "conventions.fct_variant_gaps"
REGISTRY = "conventions.dim_conventions"
METRICS = {
    "customer_churn_rate": ("Customer churn rate", definitions.CUSTOMER_CHURN_RATE),
    "mrr": ("MRR", definitions.MRR),
    "gross_mrr_churn_rate": ("Gross MRR churn rate", definitions.GROSS_MRR_CHURN_RATE),
    "net_mrr_churn_rate": ("Net MRR churn rate", definitions.NET_MRR_CHURN_RATE),
}
RULES = {
    "counted_access": "Whose access counts: only paid, free too, or trials as well.",
    "past_due": "Whether a customer whose payments fail counts while access is on hold.",
    "churn_date": "Whether churn is dated when access is lost or when the customer cancels.",
    "discounts": "Whether discounts that will end are taken off MRR.",
    "weekly_factor": "How many weeks of a weekly price make a month.",
    "daily_factor": "How many days of a daily price make a month.",
    "unit": "Whether customers or subscriptions are counted.",
    "same_month_churn": "Who came and went, or left and returned, within the month.",
    "resubscribes": "Whether those who return are taken off those who leave.",
    "returning_mrr": "Whether MRR of those who return is taken off the MRR lost.",
    "denominator": "What the churned are divided by.",
}
_VARIANT = (
    "The value by this definition, beside the default's for the same month. A dash: what its formula needs is missing."
)
_GAP = (
    "What each rule changes when the rules are applied one after the other, from the default to the definition. The "
    "changes sum to the gap exactly; another order would share it out otherwise."
)


def show(view: SnapshotView) -> None:
    """The month and metric to compare, every definition of it, and the gap of one of them."""
    months = conventions.months(view.file)
    if months.is_empty():
        layout.no_rows(
            view,
            "No months yet",
            "They begin with the first customer who pays a recurring price.",
            "subscription_events",
        )
        return
    left, right = st.columns([1, 3])
    with left:
        month = layout.choose_month(months)
    with right:
        metric = address.segments(
            "Metric", list(METRICS), key="metric", format_func=lambda name: METRICS[name][0],
            help="Only definitions that have the metric are shown.",
        )  # fmt: skip
    rows = conventions.variants(view.file, metric, month)
    layout.section(f"{METRICS[metric][0]}, {formatting.month(month)}", f"{METRICS[metric][1]} {_VARIANT}")
    tables.small_table(
        view, _named(rows.drop("convention"), metric), name=f"definitions-{metric}-{month:%Y-%m}", table=VARIANTS
    )
    others = [row for row in rows.to_dicts() if row["convention"] != "default"]
    if others:
        _gap(view, metric, rows.row(0, named=True), others, month)
    layout.sources(VARIANTS, GAPS, REGISTRY)


def _gap(
    view: SnapshotView, metric: str, default: dict[str, object], others: list[dict[str, object]], month: object
) -> None:
    layout.section("The gap, rule by rule", _GAP)
    titles = {str(row["convention"]): str(row["title"]) for row in others}
    convention = address.choose(
        "Definition", list(titles), default=next(iter(titles)), format_func=titles.__getitem__, key="convention",
        help="Whose number is explained.",
    )  # fmt: skip
    chosen = next(row for row in others if row["convention"] == convention)
    tiles = layout.tiles(3)
    cards = (
        ("ChurnIQ default", default["variant_value"], _VARIANT),
        (titles[convention], chosen["variant_value"], _VARIANT),
        ("Gap", chosen["gap"], _GAP),
    )
    for label, value, about in cards:
        layout.tile(tiles, label, _value(view, metric, value, is_gap=about == _GAP), about=about)
    steps = conventions.gap(view.file, metric, month, convention)  # type: ignore[arg-type]
    if steps.is_empty():
        layout.empty_state("The same rules", "This definition counts as the default does.")
    else:
        meanings = steps.with_columns(pl.col("rule_name").replace_strict(RULES, default="").alias("rule"))
        tables.small_table(view, _named(meanings, metric), name=f"gap-{convention}-{metric}-{month:%Y-%m}", table=GAPS)
    st.caption(f"{formatting.plain(str(chosen['formula']))}. Source: {formatting.plain(str(chosen['source']))}.")


def _value(view: SnapshotView, metric: str, value: object, *, is_gap: bool) -> str:
    if value is None:
        return formatting.NOTHING
    if metric == "mrr":
        return formatting.money(value, view.currency, signed=is_gap)  # type: ignore[arg-type]
    share = float(value)  # type: ignore[arg-type]
    return f"{100 * share:+.2f} points" if is_gap else f"{share:.2%}"


def _named(frame: pl.DataFrame, metric: str) -> pl.DataFrame:
    """The columns of a value under names that say whether they are shares or money, and counts without decimals."""
    if metric == "mrr":
        values = {"variant_value": "mrr"} | {name: f"{name}_mrr" for name in ("gap", "contribution", "value_after")}
        return frame.drop("numerator", "denominator").rename({k: v for k, v in values.items() if k in frame.columns})
    values = {
        "variant_value": "variant_rate",
        "value_after": "value_after_rate",
        "gap": "gap_points",
        "contribution": "contribution_points",
    }
    shares = [pl.col(name).cast(pl.Float64) for name in values if name in frame.columns]
    if metric == "customer_churn_rate":
        shares += [pl.col(name).cast(pl.Int64) for name in ("numerator", "denominator")]
    return frame.with_columns(shares).rename({k: v for k, v in values.items() if k in frame.columns})
