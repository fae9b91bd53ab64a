"""The metrics of the semantic layer on an example worked by hand: wholes beside the marts of MRR, slices, totals, rows.

Belongs here: how wholes, slices, what is narrowed and what is behind it go together. Does not belong here: the other
marts (``test_metrics_of_marts``), the command (``tests/cli/test_metrics.py``), definitions of vendors
(``test_conventions``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from pipelines.readings.metric_queries import CUSTOMERS, compile_metric, rows_behind, values_of
from pipelines.readings.metrics import dimensions_of, find_metric, leaves, metrics, models_of
from tests.warehouse.asking import sliced
from tests.warehouse.building import Warehouse

MARTS = {
    "mrr": "closing_mrr",
    "opening_mrr": "opening_mrr",
    "paying_customers": "closing_customers",
    "opening_customers": "opening_customers",
    "churned_customers": "churned_customers",
    "customer_churn_rate": "customer_churn_rate",
    "gross_mrr_churn_rate": "gross_mrr_churn_rate",
    "net_mrr_churn_rate": "net_mrr_churn_rate",
    **{f"{kind}_mrr": f"{kind}_mrr" for kind in ("new", "expansion", "contraction", "churn", "reactivation")},
}


@pytest.mark.parametrize("name", MARTS)
def test_a_metric_is_the_marts_number(story: Warehouse, name: str) -> None:
    """Two places that answer the same question once answered it differently."""
    answered = story.rows(compile_metric(find_metric(name), (), "month"))
    wanted = story.rows(f"select month, {MARTS[name]} as value from revenue.fct_mrr_monthly order by month")
    assert [row["period"] for row in answered] == [row["month"] for row in wanted]
    for row, mart in zip(answered, wanted, strict=True):
        if mart["value"] is None:
            assert row[name] is None
        else:
            assert float(row[name]) == pytest.approx(float(mart["value"]), abs=1e-12)


@pytest.mark.parametrize("name", ["mrr", "paying_customers"])
def test_days_close_as_the_marts_do(story: Warehouse, name: str) -> None:
    column = {"mrr": "closing_mrr", "paying_customers": "closing_customers"}[name]
    days = {row["period"]: row[name] for row in story.rows(compile_metric(find_metric(name), (), "day"))}
    marts = story.rows(f"select close_date, {column} as value from revenue.fct_mrr_daily")
    assert all(days[row["close_date"]] == row["value"] for row in marts if row["close_date"] in days)


# What is story after the scores is not in this warehouse: tests/cli asks those of a whole build.
OF_SCORES = {name for name, metric in metrics().items() if "activation." in compile_metric(metric, (), "month")}
ADDITIVE = [
    name
    for name, metric in metrics().items()
    if metric.kind != "ratio" and not name.endswith("_revenue_retention") and name not in OF_SCORES
]
# A customer with two values of what a subscription is counts on both.
COUNTED_ON_EACH = {
    (name, dimension)
    for name in (
        *("paying_customers", "opening_customers", "churned_customers", "net_new_customers"),
        # What a customer moves from one value to another is lost on the one.
        *("opening_mrr_lost", "opening_mrr_change"),
        *(f"{kind}_churned_customers" for kind in ("voluntary", "involuntary", "other")),
    )
    for dimension in ("offer", "channel", "provider", "interval", "currency")
}


def _is_by_month(name: str) -> bool:
    return models_of(find_metric(name))[0].grain == "month"


def _together(names: Iterable[str]) -> list[list[str]]:
    """The metrics that one question can ask beside each other, and that are worked out alike."""
    found: dict[object, list[str]] = {}
    for name in names:
        metric = find_metric(name)
        models = models_of(metric)
        compares = any(leaf.measure and models[0].measures[leaf.measure].opening for leaf in leaves(metric))
        alike = (tuple(model.name for model in models), frozenset(dimensions_of(metric)), compares)
        found.setdefault(alike, []).append(name)
    return list(found.values())


@pytest.mark.parametrize(
    ("names", "grain"),
    [
        pytest.param(names, grain, id=f"{' '.join(names)} by {grain}")
        for names in _together(ADDITIVE)
        for grain in ("day", "week", "month")
        if grain == "month" or not _is_by_month(names[0])
    ],
)
def test_slices_sum_to_the_whole(story: Warehouse, names: list[str], grain: str) -> None:
    """A dashboard cut by offer that adds up to something else than the total is believed by nobody."""
    first, *beside = map(find_metric, names)

    def summed(*by: str) -> dict[tuple[date, str], Any]:
        found: dict[tuple[date, str], Any] = {}
        for row in story.rows(compile_metric(first, by, grain, beside=beside)):
            for name in names:
                if (name, *by) not in COUNTED_ON_EACH:
                    found[row["period"], name] = found.get((row["period"], name), 0) + row[name]
        return found

    whole = summed()
    assert whole
    for dimension in dimensions_of(first):
        of_slices = {key: value for key, value in whole.items() if (key[1], dimension) not in COUNTED_ON_EACH}
        assert summed(dimension) == of_slices, dimension


@pytest.mark.parametrize("name", ["mrr", "churned_customers", "customer_churn_rate", "churn_mrr", "ended_trials"])
def test_what_is_narrowed_is_its_slice(story: Warehouse, name: str) -> None:
    """A filtered page once showed another number than the same cut of the whole."""
    metric = find_metric(name)
    for dimension in dimensions_of(metric):
        for period, values in sliced(story, name, dimension, "month").items():
            for value, wanted in values.items():
                where = {dimension: [value]}
                query = compile_metric(metric, (), "month", period, period, where=where)
                found = story.rows(query, values_of(where))
                # A series begins with its own first row; before it there is nothing.
                assert [row[name] for row in found] in ([wanted], [] if not wanted else [wanted]), (dimension, value)


def test_several_values_and_customers_narrow_at_once(story: Warehouse) -> None:
    """Additive over the values of a dimension; of nobody there is no row."""
    by_offer = sliced(story, "mrr", "offer", "month")[date(2025, 2, 1)]
    where = {"offer": list(by_offer)}
    query = compile_metric(find_metric("mrr"), (), "month", date(2025, 2, 1), date(2025, 2, 1), where=where)
    assert story.rows(query, values_of(where))[0]["mrr"] == sum(by_offer.values())
    nobody = compile_metric(find_metric("mrr"), (), "month", where=where, only_customers=True)
    assert story.rows(nobody, values_of(where) | {CUSTOMERS: ["nobody"]}) == []


@pytest.mark.parametrize("dimension", ["offer", "channel", "provider"])
def test_a_customer_with_two_values_counts_on_both(story: Warehouse, dimension: str) -> None:
    """In the week in which both were given up: who opened it, who left in it, who is there at its close."""
    values = {"offer": ("basic", "other"), "channel": ("web", "app"), "provider": ("stripe", "apple")}[dimension]
    # reduced, returned, weekly and doubled are on the first; stays changed offer and channel, not provider.
    opening = dict(zip(values, (5, 1) if dimension == "provider" else (4, 2), strict=True))
    week = date(2025, 3, 10)
    assert sliced(story, "opening_customers", dimension, "week")[week] == opening
    assert sliced(story, "churned_customers", dimension, "week")[week] == dict.fromkeys(values, 1)
    left = {value: count - 1 for value, count in opening.items()}
    assert sliced(story, "paying_customers", dimension, "week")[week] == left


def test_a_switch_moves_mrr_between_values_and_is_no_movement(story: Warehouse) -> None:
    february = date(2025, 2, 1)
    assert sliced(story, "net_new_mrr", "offer", "month")[february]["other"] == 10
    for name in ("new_mrr", "expansion_mrr", "contraction_mrr", "lost_mrr"):
        assert sliced(story, name, "offer", "month")[february]["other"] == 0


@pytest.mark.parametrize("dimension", ["offer", "channel", "provider", "country", "acquisition_channel"])
def test_slices_are_the_marts_numbers(story: Warehouse, dimension: str) -> None:
    columns = {"mrr": "closing_mrr", "paying_customers": "closing_customers", "opening_mrr": "opening_mrr"}
    columns |= {name: name for name in MARTS if name in ("new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr")}
    for name, column in columns.items():
        marts = story.rows(
            f"select month, dimension_value, {column} as value from revenue.fct_mrr_by_dimension "
            f"where dimension = '{dimension}'"
        )
        found = sliced(story, name, dimension, "month")
        assert [found[row["month"]][row["dimension_value"]] for row in marts] == [row["value"] for row in marts]


@pytest.mark.parametrize("name", ["opening_customers", "churned_customers", "customer_churn_rate"])
def test_churn_of_an_offer_is_the_marts(story: Warehouse, name: str) -> None:
    found = sliced(story, name, "offer", "month")
    for row in story.rows(f"select month, offer_id, {name} as value from offers.fct_offer_monthly"):
        assert found[row["month"]][row["offer_id"]] == row["value"]


def test_churned_customers_are_sliced_by_their_last_movement(story: Warehouse) -> None:
    """As the voluntary and involuntary of the month are."""
    found = sliced(story, "churned_customers", "churn_kind", "month")
    for kind in ("voluntary", "involuntary"):
        marts = story.rows(f"select month, {kind}_churned_customers as value from revenue.fct_mrr_monthly")
        assert {row["month"]: found[row["month"]].get(kind, 0) for row in marts} == {
            row["month"]: row["value"] for row in marts
        }


def test_a_total_is_of_the_days_asked_for(story: Warehouse) -> None:
    """A headline above months was once summed by the page."""
    first, last = date(2025, 1, 11), date(2025, 3, 15)
    for name in ("new_subscribers", "churn_mrr", "dunning_cases", "contacts"):
        days = story.rows(compile_metric(find_metric(name), (), "day", first, last))
        [total] = story.rows(compile_metric(find_metric(name), (), "total", first, last))
        assert total[name] == sum(row[name] for row in days), name
    cases, *beside = [find_metric(name) for name in ("dunning_cases", "dunning_amount", "case_recovery_rate")]
    [together] = story.rows(compile_metric(cases, (), "total", first, last, beside=beside))
    for metric in (cases, *beside):
        [alone] = story.rows(compile_metric(metric, (), "total", first, last))
        assert together[metric.name] == alone[metric.name]


def test_the_rows_behind_a_number_are_as_many(story: Warehouse) -> None:
    """The list under a bar once had other people than the bar."""
    days = {"first_day": date(2025, 2, 1), "last_day": date(2025, 2, 28)}
    counted = (
        *("ended_trials", "dunning_cases", "new_subscribers", "successful_payments"),
        *("churners", "dunning_attempts", "account_actions"),
    )
    for name in counted:
        metric = find_metric(name)
        for dimension in ("country", "channel"):
            found = sliced(story, name, dimension, "month").get(days["first_day"], {})
            for value, count in found.items():
                where = {dimension: [value]}
                rows = story.rows(rows_behind(metric, where), values_of(where) | days)
                assert len(rows) == count, (name, value)


def test_who_switched_and_then_left_is_counted_by_why_on_both(story: Warehouse) -> None:
    """On the offer that was given up before, the reason of the customer's end was nobody's."""
    in_march = date(2025, 3, 1)
    for dimension in ("offer", "provider"):
        lost = sliced(story, "churned_customers", dimension, "month")[in_march]
        by_kind = [
            sliced(story, f"{kind}_churned_customers", dimension, "month")[in_march]
            for kind in ("voluntary", "involuntary", "other")
        ]
        assert {value: sum(each[value] for each in by_kind) for value in lost} == lost


def test_payments_by_country_are_of_the_customers_country(story: Warehouse) -> None:
    """The payment has a country of its own, which took the place of the customer's unnoticed."""
    found = sliced(story, "successful_payments", "country", "month")
    # Of stays, who was in the Netherlands later.
    assert found[date(2025, 1, 1)] == {"NL": 1, "BE": 0}


def test_every_metric_answers_by_each_of_its_dimensions(story: Warehouse) -> None:
    """Together with those that are worked out alike, and each alone."""
    for names in _together(name for name in metrics() if name not in OF_SCORES):
        first, *others = map(find_metric, names)
        grain = "month" if _is_by_month(names[0]) else "week"
        dimensions = dimensions_of(first)
        for dimension in dimensions:
            country = [name for name in ("country",) if name != dimension and name in dimensions]
            story.rows(compile_metric(first, (dimension, *country), grain, beside=others))
        for metric in others:
            story.rows(compile_metric(metric, (next(iter(dimensions)),), grain))
