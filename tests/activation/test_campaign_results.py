"""Results of campaigns as the command line gives them: one, several as one, and whom it is worth to contact.

Belongs here: ``churniq campaign results`` and ``ranking`` on outcomes whose effect is known. Does not belong here:
estimators (``tests/models/test_experiments``), outcomes (dbt's unit tests).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from itertools import pairwise

import duckdb
import numpy as np
import polars as pl
import pytest

from pipelines.activation.recording import add_rows
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from pipelines.warehouse.campaigns import TRAITS, judge_campaigns
from tests.activation.conftest import Command
from tests.activation.publishing import AS_OF, add_people, person

EFFECT = 0.2
_DAY = date(2026, 5, 1)


def _outcomes(campaign: str, held_share: float, churn: float, people: int, seed: int) -> pl.DataFrame:
    """Only those of a long tenure are helped, by twice ``EFFECT``; the others not at all."""
    random = np.random.default_rng(seed)
    sent = random.random(people) >= held_share
    old = random.random(people) < 0.5
    stays = random.random(people) < 1 - churn + 2 * EFFECT * (sent & old)
    table = pl.DataFrame(
        {
            "campaign": campaign,
            "customer_id": [f"{campaign}-{number:05d}" for number in range(people)],
            "horizon_days": 30,
            "arm": np.where(sent, "sent", "held_out"),
            "stratum": "01|stripe",
            "propensity": 1 - held_share,
            "churn_probability": np.full(people, churn),
            "mrr_before": np.full(people, 10.0),
            "assigned_date": _DAY,
            "is_retained": stays,
            "mrr": stays * 10.0,
            "revenue": stays * 10.0,
            **dict.fromkeys(TRAITS, 0.0),
        }
    )
    return table.with_columns(tenure_days=pl.Series(np.where(old, 400.0, 20.0) + random.random(people)))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two campaigns of one kind with other shares held out, one that did nothing, and a service message."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("CHURNIQ_HOME", str(tmp_path_factory.mktemp("results") / "home"))
        settings = Settings().prepare()
        warehouse = settings.work / "warehouse.duckdb"
        outcomes = pl.concat(
            [
                _outcomes("spring", 0.5, 0.4, 900, 1),
                _outcomes("summer", 0.1, 0.9, 900, 2),
                _outcomes("idle", 0.5, 0.6, 300, 3).with_columns(tenure_days=pl.lit(1.0)),
            ]
        )
        with duckdb.connect(str(warehouse)) as connection:
            add_people(connection, [person("anna")])
            connection.register("outcomes", outcomes.to_arrow())
            connection.execute("create table activation.fct_campaign_outcomes as select * from outcomes")
            connection.execute(
                "create table activation.fct_campaign_assignments as "
                "select campaign, customer_id, arm, assigned_date from outcomes"
            )
            connection.execute("create schema ops")
            connection.execute(
                "create table ops.build_info as select $1::timestamp as as_of, 'EUR' as reporting_currency", [AS_OF]
            )
        assert judge_campaigns(warehouse, "EUR")["fct_campaign_results"] == 9
        publish(settings, warehouse, name="current", as_of=AS_OF, lake_version=0, is_current=True)
        for name, purpose in (
            ("spring", "marketing"),
            ("summer", "marketing"),
            ("idle", "marketing"),
            ("bill", "service"),
        ):
            begun = {"event_id": f"e-{name}", "event_type": "sent", "campaign": name, "customer_id": f"{name}-00000"}
            at = datetime(2026, 5, 1)  # noqa: DTZ001 - as of UTC without an offset
            kept = {"segment": "at-risk", "segment_version": 1, "purpose": purpose, "propensity": 0.5}
            add_rows(settings, [{**begun, **kept, "occurred_at": at, "recorded_at": at, "exported_at": at}], name)
        return settings


@pytest.fixture(autouse=True)
def _reads_what_is_published(published: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHURNIQ_HOME", str(published.home))


def test_campaigns_of_one_kind_are_pooled_within_each(churniq: Command) -> None:
    """Means over two campaigns with other shares held out showed a loss where both had won (Simpson's paradox)."""
    status, said, _ = churniq("campaign", "results", "spring", "summer", "--format", "json")
    assert status == 0
    retention = next(row for row in json.loads(said) if row["metric"] == "retention")
    assert retention["campaign"] == "spring + summer"
    assert retention["sent"] + retention["held_out"] == 1800
    assert retention["sent_value"] < retention["held_out_value"], "the means alone say that it harmed"
    assert retention["difference"] is None
    assert retention["adjusted_low"] < EFFECT < retention["adjusted_high"]
    assert retention["adjusted_low"] > 0
    assert retention["headline"].startswith("the campaign raised retention by ")
    money = next(row for row in json.loads(said) if row["metric"] == "revenue")
    assert "the campaign raised revenue by EUR " in money["headline"], "an amount without its currency"
    single = json.loads(churniq("campaign", "results", "spring", "--format", "json")[1])
    alone = next(row for row in single if row["metric"] == "retention")
    width = {name: row["adjusted_high"] - row["adjusted_low"] for name, row in (("pooled", retention), ("one", alone))}
    assert width["pooled"] < width["one"]


def test_a_service_message_is_pooled_with_no_campaign(churniq: Command) -> None:
    status, _, err = churniq("campaign", "results", "spring", "bill")
    assert (status, err.count("\n")) == (2, 1)
    assert "pool campaigns of one purpose" in err


def test_what_is_not_enough_says_how_much_would_be(churniq: Command) -> None:
    """Not enough evidence is an answer only with how long one must wait for it."""
    status, said, _ = churniq("campaign", "results", "idle")
    assert status == 0
    assert said.startswith("30 days after: ")
    assert churniq("campaign", "results", "summer", "--cost", "100")[1].count("At a cost of 100.00") == 1


def test_whom_it_is_worth_to_contact(churniq: Command) -> None:
    """The people that a campaign works on come first, with what the order is worth; where chance does as well, none."""
    status, said, _ = churniq("campaign", "ranking", "spring", "--limit", "400", "--format", "json")
    assert status == 0
    rows = json.loads(said)
    assert [row["place"] for row in rows] == list(range(1, 401))
    assert all(one["uplift"] >= other["uplift"] for one, other in pairwise(rows))
    assert "Qini" in churniq("campaign", "ranking", "spring")[1]
    status, _, err = churniq("campaign", "ranking", "idle")
    assert (status, err.count("\n")) == (1, 1)
    assert "Nobody of idle can be ranked: it takes 200 people in each arm" in err


def test_a_campaign_without_outcomes_says_when_there_will_be_some(churniq: Command) -> None:
    status, _, err = churniq("campaign", "results", "bill")
    assert (status, err.count("\n")) == (1, 1)
    assert "The campaign bill was begun after the snapshot" in err
