"""The commands metric and metrics: their answers on a small snapshot, and what they refuse.

Belongs here: arguments, formats, messages. Does not belong here: numbers against marts (``tests/warehouse``).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli.metrics import explain_metric
from pipelines.readings.metric_queries import compile_metric
from pipelines.readings.metrics import UnknownChoiceError, find_metric
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.homes import publish_sql

SMALL = """
create schema core; create schema revenue; create schema ops; create schema conventions;
create table ops.build_info as select date '2025-03-20' as as_of_date, 'UTC' as timezone;
create table core.dim_customers as
    select * from (values ('c1', 'NL'), ('c2', null)) as rows (customer_id, country);
create table revenue.fct_mrr_movements as select * from (values
    (date '2025-01-03', 'c1', 'new', 10.0000, 0.0000, 10.0000, null),
    (date '2025-01-04', 'c2', 'new', 20.0000, 0.0000, 20.0000, null),
    (date '2025-03-05', 'c2', 'churn', -20.0000, 20.0000, 0.0000, 'voluntary'),
    (date '2025-03-10', 'c1', 'expansion', 6.0000, 10.0000, 16.0000, null))
    as rows (movement_date, customer_id, movement_type, mrr_change, mrr_before, mrr_after, churn_kind);
create table revenue.fct_mrr_movements_by_dimension as select movement_date, customer_id, 'offer' as dimension,
    customer_id || '-offer' as dimension_value, mrr_before, mrr_after, mrr_after as customer_mrr_after, churn_kind,
    0 as new_mrr, 0 as expansion_mrr, 0 as contraction_mrr, 0 as churn_mrr, 0 as reactivation_mrr
    from revenue.fct_mrr_movements;
-- c1 changes from web to app within an offer; from app, and yearly, c2 leaves.
create table revenue.fct_mrr_movements_by_combination as select *, 'EUR' as price_currency from (values
    (date '2025-01-03', 'c1', 'basic', 'web', 'stripe', 'month', 0.0000, 10.0000, 10.0000, null, 10.0000, 0, 0),
    (date '2025-01-04', 'c2', 'basic', 'app', 'apple', 'year', 0.0000, 20.0000, 20.0000, null, 20.0000, 0, 0),
    (date '2025-03-05', 'c2', 'basic', 'app', 'apple', 'year', 20.0000, 0.0000, 0.0000, 'voluntary', 0, 0, -20.0000),
    (date '2025-03-10', 'c1', 'basic', 'web', 'stripe', 'month', 10.0000, 0.0000, 16.0000, null, 0, 0, 0),
    (date '2025-03-10', 'c1', 'basic', 'app', 'stripe', 'month', 0.0000, 16.0000, 16.0000, null, 0, 6.0000, 0))
    as rows (movement_date, customer_id, offer, channel, provider, price_interval, mrr_before, mrr_after,
        customer_mrr_after, churn_kind, new_mrr, expansion_mrr, churn_mrr), (values (0, 0))
    as zeros (contraction_mrr, reactivation_mrr);
create schema retention;
create table retention.fct_trials as select * from (values
    ('s1', 'c1', date '2025-01-02', 'converted', 'web', 'month'),
    ('s2', 'c2', date '2025-01-03', 'lost', 'web', 'year'),
    ('s3', 'c2', date '2025-03-19', 'undecided', 'app', 'year'),
    ('s4', 'c2', date '2025-04-02', 'running', 'app', 'year'))
    as rows (subscription_id, customer_id, end_date, outcome, channel, price_interval);
create table core.fct_transactions as select * from (values
    (timestamp '2025-01-03 10:00', 'c1', 'succeeded', 12.1, 'stripe'),
    (timestamp '2025-01-05 10:00', 'c2', 'refunded', 6.05, 'stripe'),
    (timestamp '2025-03-03 10:00', 'c1', 'succeeded', 12.1, 'apple'),
    (timestamp '2025-03-03 10:00', 'c1', 'failed', 50, 'apple'))
    as rows (occurred_at, customer_id, event_type, amount_reporting, provider);
create schema activation;
create table activation.fct_customer_acquisition as select * from (values
    ('c1', date '2025-01-03', 'c1', 'search', 1, 0.0000, 30.0000, 90.0000),
    ('c2', date '2025-01-04', 'c2', null, 1, 0.0000, 10.0000, 0.0000),
    ('k1', date '2025-01-01', null, 'search', 0, 40.0000, 0.0000, 0.0000),
    ('k2', date '2025-01-01', null, 'tv', 0, 12.0000, 0.0000, 0.0000))
    as rows (acquisition_id, acquisition_date, customer_id, acquisition_channel, subscribers, cost, realised_value,
        expected_value);
create table conventions.dim_conventions as select * from (values
    ('default', 'mrr', 1, 'sum of prices', 'us'), ('stripe', 'mrr', 2, 'without finite discounts', 'a page'),
    ('profitwell', 'mrr', 3, 'all discounts', 'a page'), ('recurly', 'mrr', 4, 'days x 30', 'a page'))
    as rows (convention, metric, convention_number, formula, source);
create table conventions.fct_metric_variants as select * from (values
    (date '2025-02-01', 'mrr', 'default', 30, null, 30, 30, 0, true),
    (date '2025-02-01', 'mrr', 'stripe', 34, null, 34, 30, 4, true))
    as rows (month, metric, convention, numerator, denominator, variant_value, default_value, gap, is_complete);
create table conventions.fct_variant_gaps as select date '2025-02-01' as month, 'mrr' as metric,
    'stripe' as convention, 1 as step_number, 'discounts' as rule_name, 'lasting_only' as rule_value,
    4 as contribution;
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two customers, one of whom leaves, published."""
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    return publish_sql(Settings().prepare(), SMALL, as_of=datetime(2025, 3, 20, 12))  # noqa: DTZ001 - UTC without an offset


def test_a_metric_answers_every_period(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "mrr", "--format", "csv")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.split() == ["period,mrr", "2025-01-01,30.0000", "2025-02-01,30.0000", "2025-03-01,16.0000"]


def test_a_metric_is_sliced_and_bounded(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "customer_churn_rate", "--by", "country", "--from", "2025-03", "--format", "json")
    assert json.loads(shown.out) == [
        {"period": "2025-03-01", "country": "(none)", "customer_churn_rate": 1.0},
        {"period": "2025-03-01", "country": "NL", "customer_churn_rate": 0.0},
    ]


def test_a_movement_is_sliced_by_its_own_dimension(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "churn_mrr", "--by", "churn_kind,country", "--from", "2025-03", "--format", "csv")
    assert "2025-03-01,voluntary,(none),-20.0000" in shown.out


def test_a_metric_is_sliced_by_what_the_subscription_was_at_the_time(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "mrr", "--by", "offer", "--by", "country", "--from", "2025-03", "--format", "json")
    assert json.loads(shown.out) == [
        {"period": "2025-03-01", "offer": "c1-offer", "country": "NL", "mrr": "16.0000"},
        {"period": "2025-03-01", "offer": "c2-offer", "country": "(none)", "mrr": "0.0000"},
    ]


def test_another_convention_answers_with_the_gap(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "mrr", "--convention", "stripe", "--format", "json")
    assert json.loads(shown.out)[0]["gap"] == 4


def test_recurring_revenue_of_a_year_is_twelve_times_that_of_the_convention(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "annual_recurring_revenue", "--convention", "stripe", "--format", "json")
    assert {name: json.loads(shown.out)[0][name] for name in ("variant_value", "gap")} == {
        "variant_value": 408,
        "gap": 48,
    }


def test_what_winning_a_subscriber_cost_is_divided_by_channel(churniq: Churniq, small: Settings) -> None:
    """Where nobody told a cost there is no ratio: 0 would say that winning is free."""

    def answers(metric: str, *more: str) -> list[object]:
        shown = churniq("metric", metric, "--format", "json", "--to", "2025-02-01", *more)
        return [row[metric] for row in json.loads(shown.out)]

    assert answers("acquisition_cost") == ["52.0000", "0.0000"]
    assert answers("customer_acquisition_cost") == [26, None]
    assert answers("new_subscriber_lifetime_value") == [65, None]
    assert answers("lifetime_value_to_acquisition_cost") == [130 / 52, None]
    by_channel = ("--by", "acquisition_channel", "--from", "2025-01-01", "--to", "2025-01-31")
    assert answers("lifetime_value_to_acquisition_cost", *by_channel) == [None, 3, 0]
    assert answers("customer_acquisition_cost", *by_channel) == [None, 40, None]
    assert churniq("metric", "ltv_to_cac", "--by", "country").err.startswith(
        "churniq: The metric lifetime_value_to_acquisition_cost cannot be sliced by country"
    )


def test_a_cost_is_of_no_segment(churniq: Churniq, small: Settings) -> None:
    """Costs are of nobody in particular: a segment would have none of them, and every ratio to them be endless."""
    with pytest.raises(UnknownChoiceError, match="ask for it without a segment"):
        compile_metric(find_metric("cac"), [], "month", only_customers=True)
    assert compile_metric(find_metric("new_subscribers"), [], "month", only_customers=True)


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        # At the open of March c1 pays 10 and c2 20; c2 leaves of itself, c1 rises to 16.
        (("gross_revenue_retention",), 1 - 20 / 30),
        (("gross_mrr_churn_rate_of_opening",), 20 / 30),
        (("net_revenue_retention",), 16 / 30),
        (("annual_recurring_revenue",), "192.0000"),
        (("quick_ratio",), 6 / 20),
        (("lifetime_value",), 16 / 0.5),
        (("voluntary_churn_rate",), 0.5),
        (("involuntary_churn_rate",), 0),
        (("other_churn_rate",), 0),
        (("refund_rate",), 0),
        (("trial_conversion_rate",), 0),
        # The quarter opens with nobody: who came in it is gained, who also left is not lost.
        (("net_new_mrr", "--grain", "quarter"), "16.0000"),
        (("opening_customers", "--grain", "quarter"), "0"),
        (("refund_rate", "--grain", "quarter"), 6.05 / 24.2),
        (("trial_conversion_rate", "--grain", "quarter"), 1 / 3),
        # The thirty days to 20 March begin with both; those to 4 April with c1 at 16.
        (("customer_churn_rate", "--grain", "rolling_30_days"), 0.5),
        (("gross_revenue_retention", "--grain", "rolling_30_days"), 1 - 20 / 30),
        (("mrr", "--grain", "rolling_30_days"), "16.0000"),
        (("opening_mrr", "--grain", "rolling_30_days"), "30.0000"),
    ],
)
def test_metrics_by_hand(churniq: Churniq, small: Settings, arguments: tuple[str, ...], answer: object) -> None:
    """The newest period of each: what practitioners look for first had to be worked out by hand."""
    shown = churniq("metric", *arguments, "--format", "json")
    assert shown.status == 0, shown.err
    found = json.loads(shown.out)[-1][arguments[0]]
    assert str(found) == answer if isinstance(answer, str) else found == pytest.approx(answer)


def test_thirty_rolling_days_forget_what_is_older(churniq: Churniq, small: Settings) -> None:
    """On 1 February the new customer of 3 January is inside the thirty days, on 2 February no longer."""
    shown = churniq(
        "metric",
        "new_mrr",
        "--grain",
        "rolling_30_days",
        "--from",
        "2025-02-01",
        "--to",
        "2025-02-04",
        "--format",
        "csv",
    )
    assert shown.out.split()[1:] == [
        "2025-02-01,30.0000",
        "2025-02-02,20.0000",
        "2025-02-03,0.0000",
        "2025-02-04,0.0000",
    ]


@pytest.mark.parametrize(
    ("arguments", "lines"),
    [
        (("gross_revenue_retention", "--by", "offer"), ["c1-offer,1.0", "c2-offer,0.0"]),
        (("voluntary_churned_customers", "--by", "offer"), ["c1-offer,0", "c2-offer,1"]),
        (("churned_customers", "--by", "churn_kind"), ["(none),0", "voluntary,1"]),
        (("refund_rate", "--by", "provider", "--grain", "quarter"), ["apple,0.0", "stripe,0.5"]),
        (("mrr", "--by", "offer", "--by", "channel"), ["basic,app,16.0000", "basic,web,0.0000"]),
        # Who changes channel within an offer and an interval stays there, with all that is paid.
        (("mrr", "--where", "offer=basic", "--where", "interval=month"), ["16.0000"]),
        (("expansion_mrr", "--where", "offer=basic", "--where", "interval=month"), ["6.0000"]),
        (("churned_customers", "--where", "offer=basic", "--where", "interval=month"), ["0"]),
        (("paying_customers", "--where", "offer=basic", "--where", "interval=month"), ["1"]),
        (("customer_churn_rate", "--where", "offer=basic", "--by", "channel"), ["app,1.0", "web,0.0"]),
        (("voluntary_churned_customers", "--where", "provider=apple", "--where", "interval=year"), ["1"]),
        (
            ("mrr", "--by", "offer", "--by", "channel", "--where", "country=NL"),
            ["basic,app,16.0000", "basic,web,0.0000"],
        ),
        (("trial_conversion_rate", "--by", "interval", "--grain", "quarter"), ["month,1.0", "year,0.0"]),
    ],
)
def test_metrics_are_sliced_by_hand(
    churniq: Churniq, small: Settings, arguments: tuple[str, ...], lines: list[str]
) -> None:
    """Of the newest period."""
    shown = churniq("metric", *arguments, "--format", "csv")
    assert shown.status == 0, shown.err
    newest = shown.out.split()[-1].split(",")[0]
    assert [line.split(",", 1)[1] for line in shown.out.split() if line.startswith(newest)] == lines


@pytest.mark.parametrize(
    ("short", "name"),
    [("ARR", "annual_recurring_revenue"), ("nrr", "net_revenue_retention"), ("grr", "gross_revenue_retention"),
     ("LTV", "lifetime_value"), ("churn_rate", "customer_churn_rate")],
)  # fmt: skip
@pytest.mark.usefixtures("small")
def test_a_metric_answers_to_the_name_that_people_use(churniq: Churniq, short: str, name: str) -> None:
    """Who asked for NRR was told that mrr is nearest."""
    shown = churniq("metric", short, "--format", "csv")
    assert shown.status == 0, shown.err
    assert shown.out == churniq("metric", name, "--format", "csv").out


def test_intervals_and_currencies_slice_everything_of_mrr(churniq: Churniq) -> None:
    """And offers, channels and providers do, of every metric that has customers, trials or payments."""
    listed = {row["metric"]: row for row in json.loads(churniq("metrics", "--format", "json").out)}
    for name in ("mrr", "customer_churn_rate", "net_revenue_retention", "quick_ratio", "lifetime_value"):
        assert {"interval", "currency", "offer", "channel", "provider"} <= set(listed[name]["dimensions"].split(", "))
    assert {"interval", "currency", "offer", "country"} <= set(
        listed["trial_conversion_rate"]["dimensions"].split(", ")
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mrrr",), "nearest: mrr"),
        (("mrr", "--by", "churn_kind"), "cannot be sliced by churn_kind: its dimensions are"),
        (("revenue", "--by", "churn_kind"), "cannot be sliced by churn_kind: its dimensions are"),
        (
            ("churn_rate", "--by", "churn_kind"),
            "for churn_kind ask for voluntary_churn_rate or involuntary_churn_rate or other_churn_rate or churned_cust",
        ),
        (("gross_mrr_churn_rate", "--by", "churn_rule"), "for churn_rule ask for lost_mrr"),
        (("churn_mrr", "--by", "churn_rule", "--by", "offer"), "by churn_rule and offer at once: beside offer its dim"),
        (("mrr", "--grain", "total"), "a level at the close of a period, of which there is no total"),
        (("mrr", "--by", "shoe_size"), "has no dimension 'shoe_size'"),
        (("mrr", "--by", "country", "--by", "country"), "named twice"),
        (("mrr", "--convention", "strip"), "nearest: stripe"),
        (("arpu", "--convention", "stripe"), "by stripe is known here, but of mrr, annual_recurring_revenue (12 x"),
        (("net_revenue_retention", "--convention", "strype"), "nearest: stripe"),
        (("lifetime_value", "--convention", "profitwell"), "smooths it by an algorithm that it does not publish"),
        (("refund_rate", "--convention", "recurly"), "No definition of refund_rate by recurly is known here"),
        (("mrr", "--convention", "stripe", "--by", "country"), "leave --by, --where, --segment and --grain out"),
        (("mrr", "--from", "2025-03", "--to", "2025-01"), "swap them"),
        (("mrr", "--from", "yesterday"), "neither a day"),
        (("mrr", "--where", "country"), "not DIMENSION=VALUE"),
        (("mrr", "--where", "shoe_size=42"), "has no dimension 'shoe_size'"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    churniq: Churniq, small: Settings, arguments: tuple[str, ...], words: str
) -> None:
    """A wrong name is wrong usage, and the sentence says what would be right."""
    shown = churniq("metric", *arguments)
    assert shown.status == 2
    assert words in shown.err


def test_a_snapshot_without_the_tables_says_what_to_do(churniq: Churniq, published: Settings) -> None:
    shown = churniq("metric", "mrr")
    assert shown.status == 1
    assert "run churniq build" in shown.err


def test_metrics_are_listed_with_their_dimensions(churniq: Churniq) -> None:
    shown = churniq("metrics", "--format", "json")
    listed = {row["metric"]: row for row in json.loads(shown.out)}
    for dimension in ("country", "offer", "provider", "first_channel", " channel"):
        assert dimension in listed["mrr"]["dimensions"]
    assert "churn_kind" in listed["churn_mrr"]["dimensions"]
    assert "churn_kind" not in listed["mrr"]["dimensions"]


def test_a_metric_is_explained(small: Settings) -> None:
    shown = CliRunner().invoke(explain_metric, ["mrr"])
    assert shown.exit_code == 0
    for words in ("Dimensions:", "revenue.fct_mrr_movements", "without finite discounts", "lasting_only"):
        assert words in shown.output


def test_an_unknown_metric_is_not_explained(small: Settings) -> None:
    shown = CliRunner().invoke(explain_metric, ["chrn_rate"])
    assert shown.exit_code == 2
    assert "customer_churn_rate" in shown.output
