"""``churniq golive``: every check fails by itself with a remedy, and all of them can be met."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.backup.restoring import restore
from pipelines.backup.taking import take
from pipelines.lake.ingest import ingest
from pipelines.privacy.erase import erase
from pipelines.publishing.snapshots import publish
from pipelines.readings.go_live import go_live
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord, write_record
from tests.cli.conftest import Churniq
from tests.conftest import write_rows
from tests.lake.contents import start

CHECKS = [
    "environment", "currency and time zone", "no sandbox rows", "build", "cadence for seven days", "quarantine share",
    "payouts reconciled", "definitions chosen", "credentials", "backup restored", "alert delivered",
    "erasure rehearsed", "score with a track record",
]  # fmt: skip


def _snapshot(
    settings: Settings,
    path: Path,
    now: datetime,
    *,
    days: int = 8,
    reconciled: bool = True,
    late: bool = False,
    tested: bool = True,
) -> None:
    as_of = now.replace(tzinfo=None, hour=12, minute=0, second=0, microsecond=0)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema ops; create schema revenue; create schema conventions; create schema scoring;
            create table ops.build_info as select $1 as as_of, cast($1 as date) as as_of_date;
            create table ops.feed_health as select 'fx_rates' as feed, $4 as is_late;
            create table ops.feed_volume_daily as
                select feed, cast($1 as date) - cast(day as integer) as recorded_day, 1 as row_count
                from range(0, $2) as days (day), (values ('subscription_events'), ('payment_events')) as feeds (feed);
            create table revenue.fct_payout_reconciliation as
                select 'po1' as payout_id, $1 - interval 3 day as paid_at, $3 as is_reconciled;
            create table conventions.dim_conventions as select 'stripe' as convention;
            create table scoring.backtest_metrics as select 'contact_threshold' as metric, 0.1 as value;
            create table scoring.backtest_origins as
                select cast($1 as date) as origin, 'auc' as metric, case when $5 then 0.7 end as value;
            """.replace("$1", f"timestamp '{as_of}'")
            .replace("$2", str(days))
            .replace("$3", str(reconciled))
            .replace("$4", str(late))
            .replace("$5", str(tested))
        )
    publish(settings, path, name=path.stem, as_of=as_of, lake_version=1, is_current=True)


@pytest.fixture
def ready(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A production environment that meets every check."""
    for name, value in {
        "ENV": "production", "REPORTING_CURRENCY": "EUR", "TIMEZONE": "Europe/Amsterdam", "CONVENTION": "stripe",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"CHURNIQ_{name}", value)
    settings = Settings().prepare()
    now = datetime.now(UTC)
    rows = [start("own-1", customer_id="customer-1"), start("own-2", customer_id="rehearsal-1", subscription_id="s2")]
    ingest(settings, write_rows(tmp_path / "subscription_events" / "a.csv", rows))
    write_record(settings, BuildRecord("latest", now.isoformat(), now.isoformat(), None))
    erase(settings, ["rehearsal-1"])
    _snapshot(settings, tmp_path / "ready.duckdb", now)
    take(settings, tmp_path / "backups")
    monkeypatch.setenv("CHURNIQ_HOME", str(tmp_path / "elsewhere"))
    restore(Settings(), tmp_path / "backups")
    monkeypatch.setenv("CHURNIQ_HOME", str(home))
    alerts = settings.home / "alerts"
    alerts.mkdir()
    (alerts / "deliveries.jsonl").write_text(json.dumps({"at": now.isoformat(), "delivered": True}) + "\n")
    return settings


def test_an_empty_environment_fails_every_check_that_asks_for_something(churniq: Churniq, settings: Settings) -> None:
    """Somebody switched the pages on because nothing had said what was missing."""
    asked = churniq("golive", "--format", "json")
    assert asked.status == 1
    findings = json.loads(asked.out)
    assert [finding["check"] for finding in findings] == CHECKS
    assert not any(finding["passed"] for finding in findings)
    assert all(finding["remedy"] and finding["found"] for finding in findings)
    assert asked.sentence.startswith("churniq: 13 of 13 checks fail (environment, ")


def test_a_ready_environment_passes(churniq: Churniq, ready: Settings) -> None:
    """A check that nobody can meet is not followed."""
    assert [(one.check, one.found) for one in go_live(ready) if not one.passed] == []
    asked = churniq("golive")
    assert (asked.status, asked.err) == (0, "")
    assert asked.out.splitlines()[-1] == "ready to go live"


def _failing(settings: Settings, now: datetime | None = None) -> list[str]:
    return [finding.check for finding in go_live(settings, now) if not finding.passed]


def test_each_check_fails_by_itself(ready: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One summary of everything hid which part had gone."""
    now = datetime.now(UTC)
    late = ["cadence for seven days", "quarantine share", "backup restored"]
    assert _failing(ready, now + timedelta(days=31)) == [*late, "alert delivered"]
    _snapshot(ready, tmp_path / "gap.duckdb", now, days=6, reconciled=False)
    assert _failing(ready) == ["cadence for seven days", "payouts reconciled"]
    _snapshot(ready, tmp_path / "late.duckdb", now, late=True)
    (cadence,) = [one for one in go_live(ready) if not one.passed]
    assert cadence.remedy.endswith("Deliver what is late, too: fx_rates."), "it spoke of two other feeds alone"
    _snapshot(ready, tmp_path / "untested.duckdb", now, tested=False)
    assert _failing(ready) == ["score with a track record"], "the costs of a campaign were taken for a test of scores"
    _snapshot(ready, tmp_path / "again.duckdb", now)
    write_record(ready, BuildRecord("latest", now.isoformat(), now.isoformat(), "it failed"))
    assert _failing(ready) == ["build"]
    write_record(ready, BuildRecord("latest", now.isoformat(), now.isoformat(), None))
    simulated = [start(f"se-00000000{number}", subscription_id=f"sub-{number}") for number in range(3)]
    broken = [start(f"own-{number}", amount="x") for number in range(10, 12)]
    ingest(ready, write_rows(tmp_path / "more" / "subscription_events" / "b.csv", [*simulated, *broken]))
    assert _failing(ready) == ["no sandbox rows", "quarantine share"]
    monkeypatch.setenv("CHURNIQ_CONVENTION", "mine")
    monkeypatch.delenv("CHURNIQ_TIMEZONE")
    assert _failing(Settings())[:2] == ["currency and time zone", "no sandbox rows"]
    assert "definitions chosen" in _failing(Settings())
