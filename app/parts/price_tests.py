"""Price tests: what the variants brought by intention to treat, how sure that is, and how mature the cohorts are.

Belongs here: the arrangement. Does not belong here: the answers and their sentences
(``pipelines.readings.price_tests``), inference, which the snapshot holds.
"""

from __future__ import annotations

import polars as pl
import streamlit as st

from app import address, filters, formatting, layout, tables
from app.charts_of_experiments import INTERVALS, effects
from app.queries import choices, price_tests
from app.view import SnapshotView
from pipelines.readings.price_tests import RESULTS, VARIANTS, remarks

_ASSIGNED, _TESTS = "offers.fct_price_test_assignments", "offers.dim_price_tests"
_SHARES = ("conversion", "trial_conversion", "retention")
_METRICS = {
    "conversion": "Began to pay, for the first time or again, from the assignment to the horizon.",
    "trial_conversion": "Began a trial after the assignment that converted by the horizon; of everybody assigned.",
    "realised_value": "What was paid after the assignment less refunds and chargebacks, a person assigned.",
    "retention": "Had MRR at the close of the horizon, of everybody assigned.",
    "mrr": "MRR at the close of the horizon, a person assigned.",
}


def show(view: SnapshotView) -> None:
    """The tests there are, and one of them."""
    layout.section("Price tests", "Which price brings more of everybody to whom it was offered, and is that certain?")
    filters.say("a test is judged over everybody whom it assigned; the list of customers is filtered")
    if layout.lacks(view, RESULTS, VARIANTS, _ASSIGNED, _TESTS):
        return
    known = price_tests.tests(view.file)
    if known.is_empty():
        layout.no_rows(view, "No price tests", "None had begun by the as-of instant.", "price_tests")
        return
    titles = choices.own_titles(view.file)
    named = pl.col("offers").str.split(", ").list.eval(pl.element().replace(titles)).list.join(", ")
    tables.show_table(view, known.with_columns(named), table=_TESTS)
    test: str = address.choose(
        "Price test", known["test_id"].to_list(), key="price_test", default=known["test_id"][0], width=320
    )
    results, variants = price_tests.results(view.file, test), price_tests.maturity(view.file, test)
    if variants.is_empty():
        layout.no_rows(view, "Nobody assigned", "Nobody was put in a variant of it so far.", "price_test_assignments")
        return
    for sentence in remarks(results.to_dicts(), variants.to_dicts()):
        is_refused = sentence in results["refusal"]
        (st.error if is_refused else st.caption)(formatting.plain(sentence))
    if results.is_empty():
        layout.empty_state(
            "No outcome is known yet", "The first comes once 30 days have closed after the day of an assignment.",
            icon=":material/hourglass:",
        )  # fmt: skip
    else:
        _results(view, test, results)
    layout.section("Maturity", "Whether those who subscribed have had two renewals to decide on.")
    tables.show_table(view, variants, table=VARIANTS)
    layout.section("Prices")
    tables.show_table(view, price_tests.prices(view.file, test), table=_TESTS)
    layout.section("Assigned customers")
    tables.browse_customers(
        view, price_tests.people(test), name="price-test-people", page_size=8,
        empty="Nobody of whom a customer is known.",
    )  # fmt: skip
    layout.sources(_TESTS, VARIANTS, _ASSIGNED)


def _results(view: SnapshotView, test: str, results: pl.DataFrame) -> None:
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        metric: str = address.choose(
            "Metric", list(_METRICS), key="price_test_metric", default="realised_value", format_func=formatting.words,
            width=260,
        )  # fmt: skip
    horizons = results["horizon_days"].unique().sort().to_list()
    with right:
        horizon: int = address.choose(
            "Days after the assignment", horizons, key="price_test_days", default=horizons[-1], width=200
        )
    shown = results.filter(metric=metric, horizon_days=horizon)
    layout.section(f"{formatting.words(metric)} against the control, {horizon} days after", _METRICS[metric])
    compared = shown.drop_nulls("difference").rename({"interval_low": "low", "interval_high": "high"})
    if not compared.is_empty():
        is_share = metric in _SHARES
        title = "Difference to the control" + ("" if is_share else f" ({view.currency} a person)")
        layout.chart(
            effects(compared, "variant", "Variant", title, is_share=is_share),
            alt=" ".join(compared["headline"].drop_nulls().to_list()),
        )
        st.caption(INTERVALS)
        for sentence in compared["headline"].drop_nulls():
            st.markdown(f"- {formatting.plain(sentence)}")
    tables.download(view, price_tests.results_of(test), name="price-test-results")
    tables.show_table(view, _in_words(view, results), table=RESULTS)


def _in_words(view: SnapshotView, results: pl.DataFrame) -> pl.DataFrame:
    """What each variant brought beside the control: shares in hundredths, the rest in money."""

    def written(metric: str, value: float | None, *, is_difference: bool = False) -> str:
        return formatting.outcome(value, view.currency, is_share=metric in _SHARES, is_difference=is_difference)

    rows = [
        {
            "metric": formatting.words(row["metric"]),
            "days_after": row["horizon_days"],
            "variant": row["variant"],
            "people": row["people"],
            "brought": written(row["metric"], row["value"]),
            "control_people": row["control_people"],
            "control_brought": written(row["metric"], row["control_value"]),
            "difference": written(row["metric"], row["difference"], is_difference=True),
            "95% interval": " to ".join(
                written(row["metric"], row[end], is_difference=True) for end in ("interval_low", "interval_high")
            ),
        }
        for row in results.sort("metric", "horizon_days", "variant").to_dicts()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)
