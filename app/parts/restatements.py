"""A month then and now: the totals, the causes, the days that differ and the events behind them.

Belongs here: choosing and laying out. Does not belong here: the comparison (``pipelines.readings.restatement``).
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, definitions, formatting, layout, tables
from app.queries import restatements, revenue
from app.view import SnapshotView
from pipelines.errors import UserError
from pipelines.readings import words
from pipelines.readings.restatement import CAUSES, Restatement
from pipelines.settings import Settings

_CAUSE_HELP = "What made a customer's day differ. " + " ".join(
    f"**{formatting.words(name)}**: {text}." for name, text in CAUSES.items()
)
_TOTALS_HELP = (
    "The month as each snapshot has it. The differences of the movements by cause, below, sum to these to the last "
    "digit. " + definitions.AS_OF
)


def show(view: SnapshotView) -> None:
    """The month and the earlier snapshot to compare, and what differs."""
    settings = Settings()
    earlier = restatements.earlier_snapshots(settings, view.pointer)
    if not earlier:
        layout.empty_state(
            "No earlier snapshot",
            f"Publish what was known then: `churniq build --as-of {view.as_of:%Y-%m-01T00:00:00Z}`, or ask for it with "
            "`churniq restate`, which builds it.",
        )
        return
    months = revenue.months(view.file)
    left, right = st.columns(2)
    with left:
        month = layout.choose_month(months)
    by_instant = {pointer.as_of: pointer for pointer in earlier}
    with right:
        then = address.choose(
            "As known at",
            list(by_instant),
            key="then",
            default=earlier[0].as_of,
            format_func=lambda as_of: formatting.instant(by_instant[as_of].as_of_instant),
            help="The published snapshots before the one that is shown.",
        )
    try:
        result = restatements.restatement(settings, month, by_instant[then], view.pointer)
    except UserError as error:
        layout.empty_state("Nothing to compare", str(error))
        return
    _show_totals(view, result)
    if result.differences.is_empty():
        layout.empty_state("Nothing changed", "No movement of the month differs between the two.", ":material/check:")
        return
    _show_causes(view, result)


def _show_totals(view: SnapshotView, result: Restatement) -> None:
    rows = {row["item"]: row for row in result.totals.to_dicts()}
    tiles = layout.tiles(3)
    for item in ("closing_mrr", "churn_mrr", "new_mrr"):
        row = rows[item]
        # The arrow goes by the sign in front.
        difference = f"{words.amount(row['difference'], signed=True)} {view.currency}"
        layout.tile(
            tiles,
            formatting.words(item),
            formatting.money(row["now"], view.currency),
            difference if row["difference"] else None,
            about=f"{formatting.money(row['then'], view.currency)} as known then.",
            change=row["difference"],
        )
    layout.section("Then and now", _TOTALS_HELP)
    tables.small_table(view, result.totals, name="restatement-totals")
    tables.small_table(view, result.customers, name="restatement-customers")


def _show_causes(view: SnapshotView, result: Restatement) -> None:
    layout.section("What made the difference", _CAUSE_HELP)
    tables.small_table(view, result.causes, name="restatement-causes")
    layout.section("Customers and days that differ", "One cause each, so that the differences sum to those above.")
    tables.small_table(view, _most_first(result.differences), name="restatement-differences")
    layout.section("Events that were unknown then", "Each with the file and row that it came in.")
    if result.events.is_empty():
        st.caption("None: the clock alone, or rates and links, made the difference.")
    else:
        tables.small_table(view, result.events, name="restatement-events")


def _most_first(differences: pl.DataFrame) -> pl.DataFrame:
    return differences.sort(pl.col("difference").abs(), "customer_id", descending=[True, False])
