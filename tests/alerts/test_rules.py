"""When each kind fires and when it stays quiet; rules that are wrong are refused by name."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.alerts.conditions import Context, judge
from pipelines.alerts.journal import AlertDelivery
from pipelines.alerts.rules import SHIPPED, Rule, read_rules
from pipelines.errors import UserError
from pipelines.lake.store import FileAccount
from pipelines.publishing.snapshots import publish
from pipelines.readings.operation import Operation, look_at
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)
_SOUND = "{name: a, kind: mix, owner: o, runbook: r}"
_SUCCEEDED = BuildRecord("latest", "2026-05-10T10:00:00+00:00", "2026-05-10T11:00:00+00:00", None)
_FAILED = replace(_SUCCEEDED, failure="The build failed: model fct_x: No space left on device.")
_OF_A_CHECK = replace(_SUCCEEDED, failure="The build failed: test not_null_x: 3 rows.")


def rule(kind: str, **parameters: Any) -> Rule:
    return Rule(name="r", kind=kind, owner="o", runbook="b", **parameters)  # type: ignore[arg-type]


def account(*, read: int, rejected: int, at: datetime = NOW, feed: str = "offers") -> FileAccount:
    return FileAccount(feed, "a.csv", "", "", at.isoformat(), read, read - rejected, 0, rejected)


def fires(
    settings: Settings, of: Rule, now: datetime = NOW, sent: list[AlertDelivery] | None = None, **look: Any
) -> str:
    """What was found, in capitals where the rule fired."""
    seen = replace(look_at(settings, now), **look)
    verdict = judge(of, Context(settings, seen, sent or []))
    return verdict.found.upper() if verdict.fired else verdict.found


def test_freshness_is_counted_to_now(published: Settings) -> None:
    """Nothing was built for a week, and no feed was late as of the week before."""
    assert fires(published, rule("freshness")) == "every feed came in time"
    late = fires(published, rule("freshness"), NOW + timedelta(hours=5))
    assert late == "NOTHING NEW OF PAYMENT_EVENTS FOR 6 HOURS, LATE AFTER 5 HOURS"
    assert fires(published, rule("freshness", feed="offers"), NOW + timedelta(days=9)) == "every feed came in time"


def test_volume_and_mix(published: Settings) -> None:
    assert "PAYMENT_EVENTS" in fires(published, rule("volume"))
    assert fires(published, rule("volume", feed="offers")).endswith("as usual")
    assert "OFFERS" in fires(published, rule("mix"))


@pytest.mark.parametrize(("above", "fired"), [(0.01, True), (0.1, False), (0.0999, True)])
def test_quarantine_share(settings: Settings, above: float, fired: bool) -> None:
    accounts = [account(read=10, rejected=1), account(read=90, rejected=90, at=NOW - timedelta(days=8))]
    found = fires(settings, rule("quarantine_share", above=above, days=7), accounts=accounts)
    assert found.isupper() is fired
    assert "10.00%" in found
    other = rule("quarantine_share", above=above, feed="coupons")
    assert fires(settings, other, accounts=accounts) == "no row of coupons came in 7 days"


def test_builds(settings: Settings) -> None:
    failed, check = rule("failed_build"), rule("failed_check")
    states = {"succeeded": _SUCCEEDED, "killed": replace(_SUCCEEDED, ended_at=None)}
    assert fires(settings, failed, build=states["succeeded"], build_state="succeeded") == "the last build succeeded"
    assert "KILLED" in fires(settings, failed, build=states["killed"], build_state="killed")
    assert "NO SPACE" in fires(settings, failed, build=_FAILED, build_state="failed")
    assert fires(settings, check, build=_FAILED, build_state="failed") == "no check of the last build failed"
    assert fires(settings, failed, build=_OF_A_CHECK, build_state="failed") == "the last build is failed"
    assert "NOT_NULL_X" in fires(settings, check, build=_OF_A_CHECK, build_state="failed")


def test_a_build_that_is_missing(published: Settings) -> None:
    pointer = replace(look_at(published).published, published_at="2026-05-10T10:00:00")  # type: ignore[type-var]
    at, of = NOW + timedelta(hours=25), rule("missing_build", hours=26)
    assert fires(published, of, NOW, published=pointer) == "the last build that succeeded ended 2 hours ago"
    assert "27 HOURS AGO" in fires(published, of, at, published=pointer)
    built = {"build": _SUCCEEDED, "build_state": "succeeded"}
    assert "26 hours ago" in fires(published, of, at, published=pointer, **built), "it had nothing new to publish"
    assert fires(published, of, published=None, accounts=[]) == "nothing was ever published"
    assert "NOTHING WAS EVER" in fires(published, of, published=None, accounts=[account(read=1, rejected=0)])


def test_payouts_of_the_last_days(published: Settings) -> None:
    assert fires(published, rule("reconciliation", above=0, days=30)) == "PAYOUTS NOT EXPLAINED: 1 OF EUR 2.50"
    assert fires(published, rule("reconciliation", above=2.5, days=30)) == "every payout is explained"


def test_scores_that_moved(published: Settings) -> None:
    of = rule("score_drift", above=0.2)
    assert fires(published, of) == "there are no two sets of scores to compare"
    warehouse = published.work / "small.duckdb"
    later = datetime(2026, 5, 11, 12)  # noqa: DTZ001
    publish(published, warehouse, name="two", as_of=later, lake_version=2, is_current=True)
    assert fires(published, of) == "the scores' distribution moved by 0.000 since 2026-05-10"
    with duckdb.connect(warehouse) as connection:
        connection.execute("update scoring.fct_churn_scores set churn_probability = churn_probability / 2")
    publish(published, warehouse, name="three", as_of=later + timedelta(days=1), lake_version=3, is_current=True)
    assert fires(published, of).isupper()


def test_disk_and_deliveries(settings: Settings) -> None:
    low = rule("low_disk", below=0.1)
    assert fires(settings, low, disk_free=5, disk_size=100).startswith("5.0% OF THE DISK")
    assert fires(settings, low, disk_free=10, disk_size=100).startswith("10.0% of the disk")
    of = rule("undelivered", hours=24)
    lost = AlertDelivery("2026-05-10T11:00:00+00:00", "mail", "mail", "alert", ["x"], False, "no route")
    assert "MAIL (NO ROUTE)" in fires(settings, of, sent=[lost])
    later = replace(lost, at="2026-05-10T11:30:00+00:00", delivered=True, error="")
    assert fires(settings, of, sent=[lost, later]) == "every last message arrived"
    assert fires(settings, of, NOW + timedelta(days=2), sent=[lost]) == "every last message arrived"


@pytest.mark.parametrize(
    ("limits", "fired"),
    [
        ({"above": 1}, True),
        ({"above": 2}, False),
        ({"below": 3}, True),
        ({"below": 2}, False),
        ({"changed_by": 0.9}, True),
        ({"changed_by": 1.0}, False),
    ],
)
def test_the_newest_month_that_is_over(published: Settings, limits: dict[str, float], fired: bool) -> None:
    """One customer left in March, two in April, and nobody in the days of May so far."""
    warehouse = published.work / "small.duckdb"
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            """
            alter table ops.build_info add column as_of_date date default date '2026-05-10';
            create table revenue.fct_mrr_movements as select * from (values
                ('a', date '2026-03-04', 5.0, 0.0), ('b', date '2026-04-01', 5.0, 0.0),
                ('c', date '2026-04-30', 5.0, 0.0)
            ) as t (customer_id, movement_date, mrr_before, mrr_after)
            """
        )
    publish(
        published, warehouse, name="with movements", as_of=NOW.replace(tzinfo=None), lake_version=2, is_current=True
    )
    found = fires(published, rule("metric", metric="churned_customers", **limits))
    assert found.lower() == "churned customers was 2 in apr 2026" + (
        ", +100.0% on the one before" if "changed_by" in limits else ""
    )
    assert found.isupper() == fired


def test_a_metric_that_no_snapshot_can_answer_is_quiet(settings: Settings) -> None:
    found = fires(settings, rule("metric", metric="mrr", above=1))
    assert "no month that is over" in found


def test_a_metric_that_is_none_is_told(settings: Settings) -> None:
    """A rule with a mistyped metric stayed quiet for ever."""
    assert "COULD NOT BE JUDGED" in fires(settings, rule("metric", metric="closing_mr", above=1))


def test_the_shipped_rules_are_sound_and_their_runbooks_exist(settings: Settings) -> None:
    rules = read_rules(settings)
    root = Path(__file__).parents[2]
    assert {one.kind for one in rules.rules} == set(re.findall(r"kind: (\w+)", SHIPPED.read_text())) - {
        "mail",
        "slack",
        "webhook",
    }
    for one in rules.rules:
        assert (root / one.runbook).exists(), one.runbook


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", "is no YAML"),
        ("rules: 3", "rules"),
        ("{}", "rules"),
        ("rules: [{name: a, kind: volume, owner: o}]", "the rule 'a' runbook"),
        ("rules: [{name: a, kind: nonsense, owner: o, runbook: r}]", "the rule 'a' kind"),
        ("rules: [{name: a, kind: volume, owner: o, runbook: r, above: 3}]", "the rule 'a': takes no above"),
        ("rules: [{name: a, kind: metric, owner: o, runbook: r, above: 3}]", "names no metric"),
        ("rules: [{name: a, kind: metric, metric: m, owner: o, runbook: r}]", "neither above, below nor changed_by"),
        ("rules: [{name: a, kind: low_disk, owner: o, runbook: r}]", "free share"),
        ("rules: [{name: a, kind: freshness, feed: payments, owner: o, runbook: r}]", "no feed"),
        ("rules: [{name: a, kind: volume, owner: o, runbook: r, targets: [x]}]", "no target"),
        (
            "rules: [{name: a, kind: mix, owner: o, runbook: r}, {name: a, kind: mix, owner: o, runbook: r}]",
            "two rules",
        ),
        ("targets: {chat: {kind: slack, url: 'https://hooks/secret'}}\nrules: []", "targets chat"),
        ("rules: []\nunknown: 1", "unknown"),
    ],
)
def test_rules_that_are_wrong_are_refused_by_name(settings: Settings, text: str, said: str) -> None:
    (settings.home / "alerts.yml").write_text(text)
    with pytest.raises(UserError) as raised:
        read_rules(settings)
    assert said in str(raised.value)
    assert "alerts.yml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_look_counts_what_there_is() -> None:
    assert Operation(NOW).quarantine_share() is None
