"""The metrics of the semantic layer against the marts, on an example worked by hand: wholes, slices, totals, rows.

Belongs here: that two places which answer one question answer it alike. Does not belong here: the command
(``tests/cli/test_metrics.py``), definitions of vendors (``test_conventions``).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest

from pipelines.readings.metric_queries import CUSTOMERS, compile_metric, rows_behind, values_of
from pipelines.readings.metrics import UnknownChoiceError, dimensions_of, find_metric, metrics, models_of
from pipelines.settings import Settings
from tests.warehouse.building import Warehouse
from tests.warehouse.story import build_story

SELECTED = tuple(f"+{name}" for name in (
    "fct_mrr_daily", "fct_mrr_monthly", "fct_mrr_movements", "dim_customers", "dim_customer_cohorts", "build_info",
    "fct_mrr_by_dimension", "fct_offer_monthly", "fct_trials", "fct_churn_monthly", "fct_trial_funnel",
    "fct_renewals_calendar", "fct_dunning_monthly", "fct_payments_monthly", "fct_contact_topics_monthly",
    "fct_resubscribe_monthly", "fct_dunning_by_attempt", "fct_coupon_performance", "fct_account_actions_monthly",
    "fct_recognised_revenue", "fct_journey_daily", "fct_journey_moves_by_combination",
))  # fmt: skip
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


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The story with what the tests here read, built once."""
    folder = tmp_path_factory.mktemp("metrics")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(folder / "home"))
        warehouse = build_story(Settings(), folder, *SELECTED)
    # Held open, for to open a file takes longer than most of the queries.
    with duckdb.connect(str(warehouse.path), read_only=True):
        yield warehouse


@pytest.mark.parametrize("name", MARTS)
def test_a_metric_is_the_marts_number(built: Warehouse, name: str) -> None:
    """Two places that answer the same question once answered it differently."""
    answered = built.rows(compile_metric(find_metric(name), (), "month"))
    wanted = built.rows(f"select month, {MARTS[name]} as value from revenue.fct_mrr_monthly order by month")
    assert [row["period"] for row in answered] == [row["month"] for row in wanted]
    for row, mart in zip(answered, wanted, strict=True):
        if mart["value"] is None:
            assert row[name] is None
        else:
            assert float(row[name]) == pytest.approx(float(mart["value"]), abs=1e-12)


@pytest.mark.parametrize("name", ["mrr", "paying_customers"])
def test_days_close_as_the_marts_do(built: Warehouse, name: str) -> None:
    column = {"mrr": "closing_mrr", "paying_customers": "closing_customers"}[name]
    days = {row["period"]: row[name] for row in built.rows(compile_metric(find_metric(name), (), "day"))}
    marts = built.rows(f"select close_date, {column} as value from revenue.fct_mrr_daily")
    assert all(days[row["close_date"]] == row["value"] for row in marts if row["close_date"] in days)


# What is built after the scores is not in this warehouse: tests/cli asks those of a whole build.
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


def _sliced(built: Warehouse, name: str, dimension: str, grain: str) -> dict[Any, dict[str, Any]]:
    """The metric's values of a dimension by period."""
    found: dict[Any, dict[str, Any]] = {}
    for row in built.rows(compile_metric(find_metric(name), (dimension,), grain)):
        found.setdefault(row["period"], {})[row[dimension]] = row[name]
    return found


def _is_by_month(name: str) -> bool:
    return models_of(find_metric(name))[0].grain == "month"


@pytest.mark.parametrize(
    ("name", "grain"),
    [
        (name, grain)
        for name in ADDITIVE
        for grain in ("day", "week", "month")
        if grain == "month" or not _is_by_month(name)
    ],
)
def test_slices_sum_to_the_whole(built: Warehouse, name: str, grain: str) -> None:
    """A dashboard cut by offer that adds up to something else than the total is believed by nobody."""
    whole = {row["period"]: row[name] for row in built.rows(compile_metric(find_metric(name), (), grain))}
    assert whole
    for dimension in dimensions_of(find_metric(name)):
        if (name, dimension) not in COUNTED_ON_EACH:
            sliced = _sliced(built, name, dimension, grain)
            assert {period: sum(values.values()) for period, values in sliced.items()} == whole, dimension


@pytest.mark.parametrize("name", ["mrr", "churned_customers", "customer_churn_rate", "churn_mrr", "ended_trials"])
def test_what_is_narrowed_is_its_slice(built: Warehouse, name: str) -> None:
    """A filtered page once showed another number than the same cut of the whole."""
    metric = find_metric(name)
    for dimension in dimensions_of(metric):
        for period, values in _sliced(built, name, dimension, "month").items():
            for value, wanted in values.items():
                where = {dimension: [value]}
                query = compile_metric(metric, (), "month", period, period, where=where)
                found = built.rows(query, values_of(where))
                # A series begins with its own first row; before it there is nothing.
                assert [row[name] for row in found] in ([wanted], [] if not wanted else [wanted]), (dimension, value)


def test_several_values_and_customers_narrow_at_once(built: Warehouse) -> None:
    """Additive over the values of a dimension; of nobody there is no row."""
    by_offer = _sliced(built, "mrr", "offer", "month")[date(2025, 2, 1)]
    where = {"offer": list(by_offer)}
    query = compile_metric(find_metric("mrr"), (), "month", date(2025, 2, 1), date(2025, 2, 1), where=where)
    assert built.rows(query, values_of(where))[0]["mrr"] == sum(by_offer.values())
    nobody = compile_metric(find_metric("mrr"), (), "month", where=where, only_customers=True)
    assert built.rows(nobody, values_of(where) | {CUSTOMERS: ["nobody"]}) == []


@pytest.mark.parametrize("dimension", ["offer", "channel", "provider"])
def test_a_customer_with_two_values_counts_on_both(built: Warehouse, dimension: str) -> None:
    """In the week in which both were given up: who opened it, who left in it, who is there at its close."""
    values = {"offer": ("basic", "other"), "channel": ("web", "app"), "provider": ("stripe", "apple")}[dimension]
    # reduced, returned, weekly and doubled are on the first; stays changed offer and channel, not provider.
    opening = dict(zip(values, (5, 1) if dimension == "provider" else (4, 2), strict=True))
    week = date(2025, 3, 10)
    assert _sliced(built, "opening_customers", dimension, "week")[week] == opening
    assert _sliced(built, "churned_customers", dimension, "week")[week] == dict.fromkeys(values, 1)
    left = {value: count - 1 for value, count in opening.items()}
    assert _sliced(built, "paying_customers", dimension, "week")[week] == left


def test_a_switch_moves_mrr_between_values_and_is_no_movement(built: Warehouse) -> None:
    february = date(2025, 2, 1)
    assert _sliced(built, "net_new_mrr", "offer", "month")[february]["other"] == 10
    for name in ("new_mrr", "expansion_mrr", "contraction_mrr", "lost_mrr"):
        assert _sliced(built, name, "offer", "month")[february]["other"] == 0


@pytest.mark.parametrize("dimension", ["offer", "channel", "provider", "country", "acquisition_channel"])
def test_slices_are_the_marts_numbers(built: Warehouse, dimension: str) -> None:
    columns = {"mrr": "closing_mrr", "paying_customers": "closing_customers", "opening_mrr": "opening_mrr"}
    columns |= {name: name for name in MARTS if name in ("new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr")}
    for name, column in columns.items():
        marts = built.rows(
            f"select month, dimension_value, {column} as value from revenue.fct_mrr_by_dimension "
            f"where dimension = '{dimension}'"
        )
        sliced = _sliced(built, name, dimension, "month")
        assert [sliced[row["month"]][row["dimension_value"]] for row in marts] == [row["value"] for row in marts]


@pytest.mark.parametrize("name", ["opening_customers", "churned_customers", "customer_churn_rate"])
def test_churn_of_an_offer_is_the_marts(built: Warehouse, name: str) -> None:
    sliced = _sliced(built, name, "offer", "month")
    for row in built.rows(f"select month, offer_id, {name} as value from offers.fct_offer_monthly"):
        assert sliced[row["month"]][row["offer_id"]] == row["value"]


def test_churned_customers_are_sliced_by_their_last_movement(built: Warehouse) -> None:
    """As the voluntary and involuntary of the month are."""
    sliced = _sliced(built, "churned_customers", "churn_kind", "month")
    for kind in ("voluntary", "involuntary"):
        marts = built.rows(f"select month, {kind}_churned_customers as value from revenue.fct_mrr_monthly")
        assert {row["month"]: sliced[row["month"]].get(kind, 0) for row in marts} == {
            row["month"]: row["value"] for row in marts
        }


# A metric, what narrows it, and where a mart has it by month.
ELSEWHERE = [
    ("reactivated_customers", {}, "reactivated_customers from revenue.fct_mrr_monthly"),
    ("new_subscribers", {}, "new_subscribers from retention.fct_churn_monthly"),
    ("net_customer_churn_rate", {}, "net_customer_churn_rate from retention.fct_churn_monthly"),
    ("early_churned_subscribers", {}, "churned_within_30_days from retention.fct_churn_monthly"),
    ("first_30_days_churn_rate", {}, "first_30_days_churn_rate from retention.fct_churn_monthly"),
    *(
        ("churned_customers", {"churn_kind": [kind]}, f"{kind}_churned_customers from retention.fct_churn_monthly")
        for kind in ("voluntary", "involuntary", "unknown")
    ),
    *(
        ("churned_customers", {"churn_rule": [rule]}, f"churned_by_{rule} from retention.fct_churn_monthly")
        for rule in ("end_reason", "state_hold", "auto_renew_off", "none")
    ),
    ("ended_trials", {}, "ended_trials from retention.fct_trial_funnel"),
    ("trials", {"outcome": ["lost"]}, "lost_trials from retention.fct_trial_funnel"),
    ("trial_conversion_rate", {}, "conversion_rate from retention.fct_trial_funnel"),
    *(
        (name, {}, f"sum({name}) from (select cast(date_trunc('month', due_date) as date) as month, * from "
         "retention.fct_renewals_calendar) group by month")
        for name in ("due_subscriptions", "due_mrr", "ending_trials")
    ),
    *(
        (name, where, f"{column} from dunning.fct_dunning_monthly where dimension = 'total'")
        for name, where, column in (
            ("dunning_cases", {}, "cases"),
            ("dunning_cases", {"outcome": ["lost"]}, "lost_cases"),
            ("dunning_amount", {}, "amount_due"),
            ("dunning_mrr", {"outcome": ["lost"]}, "mrr_lost"),
            ("case_recovery_rate", {}, "case_recovery_rate"),
            ("amount_recovery_rate", {}, "amount_recovery_rate"),
            ("mean_days_to_recovery", {}, "mean_days_to_recovery"),
            ("hold_days", {}, "days_on_hold"),
        )
    ),
    *(
        (name, {}, f"sum({column}) from revenue.fct_payments_monthly group by month")
        for name, column in (("gross_payments", "gross_reporting"), ("revenue", "revenue_reporting"))
    ),
    *(
        (name, {}, f"{column} from care.fct_contact_topics_monthly where topic = '(all)'")
        for name, column in (
            ("contacts", "contacts"),
            ("contact_churn_rate", "contact_churn_rate"),
            ("mean_satisfaction", "csat_mean"),
        )
    ),
    *(
        (name, where, f"{column} from retention.fct_resubscribe_monthly")
        for name, where, column in (
            ("churners", {}, "churners"),
            ("churners", {"outcome": ["undecided"]}, "undecided_customers"),
            ("resubscribed_customers", {}, "resubscribed_customers"),
            ("resubscribe_rate", {}, "resubscribe_rate"),
        )
    ),
    *(
        (name, {"action": ["cancelled"]},
         f"{column} from journey.fct_account_actions_monthly where action = 'cancelled'")
        for name, column in (
            ("account_actions", "actions"),
            ("followed_account_actions", "followed"),
            ("account_action_paying_rate", "paying_after_rate"),
            ("account_action_churn_rate", "churned_within_rate"),
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "where", "mart"), ELSEWHERE, ids=lambda value: str(value)[:40])
def test_a_metric_is_the_number_of_its_mart(
    built: Warehouse, name: str, where: dict[str, list[str]], mart: str
) -> None:
    """What pages ask by their filters, asked without them, is what the mart has."""
    answered = built.rows(compile_metric(find_metric(name), (), "month", where=where), values_of(where))
    wanted = {
        row["month"]: row["value"] for row in built.rows(f"select month, {mart.replace(' from', ' as value from', 1)}")
    }
    assert wanted
    found = {row["period"]: row[name] for row in answered}
    for month, value in wanted.items():
        assert float(found.get(month) or 0) == pytest.approx(float(value or 0), abs=1e-4), month


@pytest.mark.parametrize("name", ["received_revenue", "recognised_revenue", "deferred_revenue"])
def test_what_is_earned_is_the_marts(built: Warehouse, name: str) -> None:
    """It was of everybody, whatever was chosen above the page."""
    sliced = _sliced(built, name, "product_kind", "month")
    marts = built.rows(f"select month, product_kind, {name} as value from revenue.fct_recognised_revenue")
    assert marts
    for mart in marts:
        assert sliced[mart["month"]][mart["product_kind"]] == mart["value"]


def test_what_is_kept_by_month_is_refused_by_day_and_by_customer() -> None:
    """All of a month would stand on its first day, and a segment would name a column that is not there."""
    metric = find_metric("recognised_revenue")
    for grain in ("day", "week", "rolling_30_days", "total"):
        with pytest.raises(UnknownChoiceError, match="is kept by month"):
            compile_metric(metric, (), grain)
    with pytest.raises(UnknownChoiceError, match="of no single customer"):
        compile_metric(metric, (), "month", only_customers=True)


def test_persons_by_stage_are_those_of_the_days(built: Warehouse) -> None:
    names = {"persons_in_stages": "closing_persons", "stage_entries": "entered_persons", "stage_exits": "left_persons"}
    for name, column in names.items():
        sliced = _sliced(built, name, "stage", "day")
        days = built.rows(f"select close_date, stage, {column} as value from journey.fct_journey_daily")
        assert days
        for day in days:
            assert sliced[day["close_date"]].get(day["stage"], 0) == day["value"]


ALL_TIME = date(2025, 1, 1), date(2025, 3, 15)


def test_attempts_by_their_place_are_those_of_the_mart(built: Warehouse) -> None:
    """The page read one and the command another."""
    names = {
        "dunning_attempts": "attempts",
        "failed_dunning_attempts": "failed_attempts",
        "succeeded_dunning_attempts": "recoveries",
        "dunning_attempt_success_rate": "recovery_rate",
        "dunning_attempts_received": "amount_received",
        "mean_days_to_attempt": "mean_days_since_opening",
    }
    for dimension in ("provider", "payment_method", "failure_code"):
        marts = built.rows(f"select * from dunning.fct_dunning_by_attempt where dimension = '{dimension}'")
        assert marts
        first, *others = [find_metric(name) for name in names]
        answered = {
            (row[dimension], row["attempt_number"]): row
            for row in built.rows(
                compile_metric(first, (dimension, "attempt_number"), "total", *ALL_TIME, beside=others)
            )
        }
        for mart in marts:
            row = answered[mart["dimension_value"], str(mart["attempt_number"])]
            assert [row[name] for name in names] == [mart[column] for column in names.values()]


def test_coupons_are_those_of_the_mart(built: Warehouse) -> None:
    """Filtered the table is counted, unfiltered it is the mart; the two must not differ."""
    names = {"coupon_redemptions": "redemptions"} | {
        f"coupon_{metric}_{days}_days": f"{column}_{days}_days{more}"
        for days in (30, 90)
        for metric, column, more in (("stays", "stayed", ""), ("stay_rate", "stayed", "_rate"))
    }
    first, *others = [find_metric(name) for name in names]
    answered = built.rows(compile_metric(first, ("coupon",), "total", *ALL_TIME, beside=others))
    marts = built.rows("select * from offers.fct_coupon_performance where redemptions > 0 order by coupon_code")
    assert [row["coupon"] for row in answered] == [mart["coupon_code"] for mart in marts] == ["SPRING"]
    for row, mart in zip(answered, marts, strict=True):
        assert [row[name] for name in names] == [mart[column] for column in names.values()]


def test_a_total_is_of_the_days_asked_for(built: Warehouse) -> None:
    """A headline above months was once summed by the page."""
    first, last = date(2025, 1, 11), date(2025, 3, 15)
    for name in ("new_subscribers", "churn_mrr", "dunning_cases", "contacts"):
        days = built.rows(compile_metric(find_metric(name), (), "day", first, last))
        [total] = built.rows(compile_metric(find_metric(name), (), "total", first, last))
        assert total[name] == sum(row[name] for row in days), name
    cases, *beside = [find_metric(name) for name in ("dunning_cases", "dunning_amount", "case_recovery_rate")]
    [together] = built.rows(compile_metric(cases, (), "total", first, last, beside=beside))
    for metric in (cases, *beside):
        [alone] = built.rows(compile_metric(metric, (), "total", first, last))
        assert together[metric.name] == alone[metric.name]


def test_the_rows_behind_a_number_are_as_many(built: Warehouse) -> None:
    """The list under a bar once had other people than the bar."""
    days = {"first_day": date(2025, 2, 1), "last_day": date(2025, 2, 28)}
    counted = (
        *("ended_trials", "dunning_cases", "new_subscribers", "successful_payments"),
        *("churners", "dunning_attempts", "account_actions"),
    )
    for name in counted:
        metric = find_metric(name)
        for dimension in ("country", "channel"):
            sliced = _sliced(built, name, dimension, "month").get(days["first_day"], {})
            for value, count in sliced.items():
                where = {dimension: [value]}
                rows = built.rows(rows_behind(metric, where), values_of(where) | days)
                assert len(rows) == count, (name, value)


def test_who_switched_and_then_left_is_counted_by_why_on_both(built: Warehouse) -> None:
    """On the offer that was given up before, the reason of the customer's end was nobody's."""
    in_march = date(2025, 3, 1)
    for dimension in ("offer", "provider"):
        lost = _sliced(built, "churned_customers", dimension, "month")[in_march]
        by_kind = [
            _sliced(built, f"{kind}_churned_customers", dimension, "month")[in_march]
            for kind in ("voluntary", "involuntary", "other")
        ]
        assert {value: sum(each[value] for each in by_kind) for value in lost} == lost


def test_payments_by_country_are_of_the_customers_country(built: Warehouse) -> None:
    """The payment has a country of its own, which took the place of the customer's unnoticed."""
    sliced = _sliced(built, "successful_payments", "country", "month")
    # Of stays, who was in the Netherlands later.
    assert sliced[date(2025, 1, 1)] == {"NL": 1, "BE": 0}


def test_every_metric_answers_by_each_of_its_dimensions(built: Warehouse) -> None:
    for name, metric in metrics().items():
        for dimension in dimensions_of(metric) if name not in OF_SCORES else ():
            grain = "month" if _is_by_month(name) else "week"
            built.rows(compile_metric(metric, (dimension, *(["country"] if dimension != "country" else [])), grain))
