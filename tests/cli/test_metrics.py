"""The commands metric and metrics: their answers on a small snapshot, and what they refuse.

Belongs here: arguments, formats, messages. Does not belong here: numbers against marts (``tests/warehouse``).
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.cli.metrics import explain_metric
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from tests.cli.conftest import Churniq

SMALL = """
create schema core; create schema revenue; create schema ops; create schema conventions;
create table ops.build_info as select date '2025-03-20' as as_of_date, 'UTC' as timezone;
create table core.dim_customers as
    select * from (values ('c1', 'NL'), ('c2', null)) as rows (customer_id, country);
create table revenue.fct_mrr_movements as select * from (values
    (date '2025-01-03', 'c1', 'new', 10.0000, 0.0000, 10.0000, null),
    (date '2025-01-04', 'c2', 'new', 20.0000, 0.0000, 20.0000, null),
    (date '2025-03-05', 'c2', 'churn', -20.0000, 20.0000, 0.0000, 'voluntary'))
    as rows (movement_date, customer_id, movement_type, mrr_change, mrr_before, mrr_after, churn_kind);
create table revenue.fct_mrr_movements_by_dimension as select movement_date, customer_id, 'offer' as dimension,
    customer_id || '-offer' as dimension_value, mrr_before, mrr_after, mrr_after as customer_mrr_after
    from revenue.fct_mrr_movements;
create table conventions.dim_conventions as select * from (values
    ('house', 'mrr', 1, 'sum of prices', 'us'), ('stripe', 'mrr', 2, 'without finite discounts', 'a page'))
    as rows (convention, metric, convention_number, formula, source);
create table conventions.fct_metric_variants as select * from (values
    (date '2025-02-01', 'mrr', 'house', 30, null, 30, 30, 0, true),
    (date '2025-02-01', 'mrr', 'stripe', 34, null, 34, 30, 4, true))
    as rows (month, metric, convention, numerator, denominator, variant_value, house_value, gap, is_complete);
create table conventions.fct_variant_gaps as select date '2025-02-01' as month, 'mrr' as metric,
    'stripe' as convention, 1 as step_number, 'discounts' as rule_name, 'lasting_only' as rule_value,
    4 as contribution;
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two customers, one of whom leaves, published."""
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "home"))
    settings = Settings().prepare()
    with duckdb.connect(str(tmp_path / "small.duckdb")) as connection:
        connection.execute(SMALL)
    publish(
        settings,
        tmp_path / "small.duckdb",
        name="small",
        as_of=datetime(2025, 3, 20, 12),  # noqa: DTZ001 - snapshots are as of UTC without an offset
        lake_version=1,
        is_current=True,
    )
    return settings


def test_a_metric_answers_every_period(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "mrr", "--format", "csv")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.split() == ["period,mrr", "2025-01-01,30.0000", "2025-02-01,30.0000", "2025-03-01,10.0000"]


def test_a_metric_is_sliced_and_bounded(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "customer_churn_rate", "--by", "country", "--from", "2025-03", "--format", "json")
    assert json.loads(shown.out) == [
        {"period": "2025-03-01", "country": "(none)", "customer_churn_rate": 1.0},
        {"period": "2025-03-01", "country": "NL", "customer_churn_rate": 0.0},
    ]


def test_a_movement_is_sliced_by_its_own_dimension(churniq: Churniq, small: Settings) -> None:
    shown = churniq(
        "metric", "churn_mrr", "--by", "churn_kind", "--by", "country", "--from", "2025-03", "--format", "csv"
    )
    assert "2025-03-01,voluntary,(none),-20.0000" in shown.out


def test_a_metric_is_sliced_by_what_the_subscription_was_at_the_time(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "mrr", "--by", "offer", "--by", "country", "--from", "2025-03", "--format", "json")
    assert json.loads(shown.out) == [
        {"period": "2025-03-01", "offer": "c1-offer", "country": "NL", "mrr": "10.0000"},
        {"period": "2025-03-01", "offer": "c2-offer", "country": "(none)", "mrr": "0.0000"},
    ]


def test_another_convention_answers_with_the_gap(churniq: Churniq, small: Settings) -> None:
    shown = churniq("metric", "mrr", "--convention", "stripe", "--format", "json")
    assert json.loads(shown.out)[0]["gap"] == 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mrrr",), "nearest: mrr"),
        (("mrr", "--by", "churn_kind"), "cannot be sliced by churn_kind: its dimensions are"),
        (("revenue", "--by", "churn_kind"), "cannot be sliced by churn_kind: its dimensions are"),
        (("mrr", "--by", "offer", "--by", "channel"), "by offer and channel at once: beside offer its dimensions are"),
        (("churn_mrr", "--by", "churn_kind", "--by", "offer"), "beside offer its dimensions are acquisition_campaign"),
        (("mrr", "--by", "shoe_size"), "has no dimension 'shoe_size'"),
        (("mrr", "--by", "country", "--by", "country"), "named twice"),
        (("mrr", "--convention", "strip"), "nearest: stripe"),
        (("mrr", "--convention", "stripe", "--by", "country"), "leave --by and --grain out"),
        (("mrr", "--from", "2025-03", "--to", "2025-01"), "swap them"),
        (("mrr", "--from", "yesterday"), "neither a day"),
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
