"""What each metric counts in and comes from, as its definition says."""

from __future__ import annotations

import pytest
import yaml

from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.readings import metrics
from pipelines.warehouse.dbt import PROJECT_FOLDER


def test_every_metric_says_in_what_it_counts() -> None:
    """Value at risk was written as a number of things, for its name did not end as those of money do."""
    document = yaml.safe_load((PROJECT_FOLDER / "models/semantic/semantic_models.yml").read_text())
    without = [each["name"] for each in document["metrics"] if "unit" not in each.get("config", {}).get("meta", {})]
    assert without == []
    money = ("value_at_risk", "expected_loss", "realised_value", "predicted_value", "arpu", "mrr", "refunds")
    assert {name for name in money if not metrics.find_metric(name).is_money} == set()


def test_every_metric_says_which_feeds_bring_it() -> None:
    """Pages without a row of it name them: a name that is no feed would be asked for in vain."""
    measured = [model for model in metrics.semantic_models().values() if model.measures]
    assert [model.name for model in measured if not model.feeds] == []
    assert {feed for model in measured for feed in model.feeds} <= set(FEEDS)


def test_units_follow_from_what_a_metric_is_made_of() -> None:
    """A sum of money is money, money over money is a share or a ratio, and money over a count is money."""
    for metric in metrics.metrics().values():
        units = {metrics.find_metric(part).unit for part in metric.parts}
        if metric.kind == "ratio":
            assert metric.unit in ({"share", "ratio"} if len(units) == 1 else {"money"}), metric.name
        elif units:
            assert units in ({metric.unit}, {"money", "count"} if metric.unit == "money" else set()), metric.name


def test_a_unit_that_is_none_is_refused() -> None:
    definition = {
        "name": "members",
        "label": "Members",
        "description": "",
        "type": "simple",
        "type_params": {"measure": "members"},
        "config": {"meta": {"unit": "euro"}},
    }
    with pytest.raises(UserError, match="The metric members has the unit 'euro': give one of count, money, ratio"):
        metrics._metric(definition)
