"""The metrics of payments, dunning, care, coupons, actions and the journey against the marts that pages had of them.

Belongs here: that two places which answer one question answer it alike. Does not belong here: how a metric is sliced
and narrowed (``test_metrics``).
"""

from __future__ import annotations

from datetime import date

import pytest

from app.queries import journey
from pipelines.readings.metric_queries import compile_metric, values_of
from pipelines.readings.metrics import UnknownChoiceError, find_metric
from tests.warehouse.asking import sliced
from tests.warehouse.building import Warehouse

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
        (name, {}, f"sum({column}) from offers.fct_offer_switches group by month")
        for name, column in (
            ("offer_switches", "switches"),
            ("paying_offer_switches", "paying_switches"),
            ("switched_mrr", "mrr_change"),
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
    story: Warehouse, name: str, where: dict[str, list[str]], mart: str
) -> None:
    """What pages ask by their filters, asked without them, is what the mart has."""
    answered = story.rows(compile_metric(find_metric(name), (), "month", where=where), values_of(where))
    wanted = {
        row["month"]: row["value"] for row in story.rows(f"select month, {mart.replace(' from', ' as value from', 1)}")
    }
    assert wanted
    found = {row["period"]: row[name] for row in answered}
    for month, value in wanted.items():
        assert float(found.get(month) or 0) == pytest.approx(float(value or 0), abs=1e-4), month


@pytest.mark.parametrize("name", ["received_revenue", "recognised_revenue", "deferred_revenue"])
def test_what_is_earned_is_the_marts(story: Warehouse, name: str) -> None:
    """It was of everybody, whatever was chosen above the page."""
    found = sliced(story, name, "product_kind", "month")
    marts = story.rows(f"select month, product_kind, {name} as value from revenue.fct_recognised_revenue")
    assert marts
    for mart in marts:
        assert found[mart["month"]][mart["product_kind"]] == mart["value"]


def test_what_is_kept_by_month_is_refused_by_day_and_by_customer() -> None:
    """All of a month would stand on its first day, and a segment would name a column that is not there."""
    metric = find_metric("recognised_revenue")
    for grain in ("day", "week", "rolling_30_days", "total"):
        with pytest.raises(UnknownChoiceError, match="is kept by month"):
            compile_metric(metric, (), grain)
    with pytest.raises(UnknownChoiceError, match="of no single customer"):
        compile_metric(metric, (), "month", only_customers=True)


def test_persons_by_stage_are_those_of_the_days(story: Warehouse) -> None:
    names = {"persons_in_stages": "closing_persons", "stage_entries": "entered_persons", "stage_exits": "left_persons"}
    for name, column in names.items():
        found = sliced(story, name, "stage", "day")
        days = story.rows(f"select close_date, stage, {column} as value from journey.fct_journey_daily")
        assert days
        for day in days:
            assert found[day["close_date"]].get(day["stage"], 0) == day["value"]


ALL_TIME = date(2025, 1, 1), date(2025, 3, 15)


def test_attempts_by_their_place_are_those_of_the_mart(story: Warehouse) -> None:
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
        marts = story.rows(f"select * from dunning.fct_dunning_by_attempt where dimension = '{dimension}'")
        assert marts
        first, *others = [find_metric(name) for name in names]
        answered = {
            (row[dimension], row["attempt_number"]): row
            for row in story.rows(
                compile_metric(first, (dimension, "attempt_number"), "total", *ALL_TIME, beside=others)
            )
        }
        for mart in marts:
            row = answered[mart["dimension_value"], str(mart["attempt_number"])]
            assert [row[name] for name in names] == [mart[column] for column in names.values()]


def test_coupons_are_those_of_the_mart(story: Warehouse) -> None:
    """Filtered the table is counted, unfiltered it is the mart; the two must not differ."""
    names = {"coupon_redemptions": "redemptions"} | {
        f"coupon_{metric}_{days}_days": f"{column}_{days}_days{more}"
        for days in (30, 90)
        for metric, column, more in (("stays", "stayed", ""), ("stay_rate", "stayed", "_rate"))
    }
    first, *others = [find_metric(name) for name in names]
    answered = story.rows(compile_metric(first, ("coupon",), "total", *ALL_TIME, beside=others))
    marts = story.rows("select * from offers.fct_coupon_performance where redemptions > 0 order by coupon_code")
    assert [row["coupon"] for row in answered] == [mart["coupon_code"] for mart in marts] == ["SPRING"]
    for row, mart in zip(answered, marts, strict=True):
        assert [row[name] for name in names] == [mart[column] for column in names.values()]


def test_flows_of_everybody_are_those_of_the_mart(story: Warehouse) -> None:
    """The page counts the moves that its filters leave, and the mart has all of them."""
    moved = journey.flows_by_day(journey.moves(*ALL_TIME))
    counted = story.rows(moved.sql, dict(moved.parameters))
    kept = story.rows("select close_date, from_stage, to_stage, persons from journey.fct_journey_flows_daily")
    assert sorted(map(repr, counted)) == sorted(map(repr, kept))
    assert counted
