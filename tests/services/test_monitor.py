"""What watches an environment from outside gets the truth, from an empty home to a published snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from pipelines.lake.ingest import ingest
from pipelines.publishing.snapshots import publish
from pipelines.readings.operation import Operation, look_at
from pipelines.services.metrics import metrics_of
from pipelines.services.monitor import create_monitor
from pipelines.settings import Settings
from pipelines.warehouse.build_record import BuildRecord, write_record
from tests.conftest import write_rows
from tests.lake.contents import payment

_NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)


def _client(settings: Settings, **services: bool) -> TestClient:
    return TestClient(create_monitor(settings, lambda: services), base_url="http://localhost:8600")


def _scraped(client: TestClient) -> dict[str, float]:
    """Every sample by its name, with its label where it has one."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def delivered(settings: Settings, tmp_path: Path) -> Settings:
    """A lake with one good row and one rejected, and a file that waits."""
    rows = [payment("p1"), {**payment("p2"), "currency": "nonsense"}]
    write_rows(tmp_path / "in" / "payment_events" / "a.csv", rows)
    ingest(settings, tmp_path / "in", progress=lambda _: None)
    write_rows(settings.landing / "payment_events" / "b.csv", [payment("p3")])
    return settings


def test_an_empty_environment_is_alive_and_not_ready(settings: Settings) -> None:
    """A load balancer sent readers to a machine that had nothing to show."""
    client = _client(settings)
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "churniq build" in answer.json()["reasons"][0]
    assert "churniq_last_build_timestamp_seconds" not in _scraped(client), "unknown is left out, never zero"


def test_a_published_environment_is_ready_and_measured(delivered: Settings) -> None:
    warehouse = delivered.work / "w.duckdb"
    with duckdb.connect(warehouse) as connection:
        connection.execute("create schema ops; create table ops.build_info as select timestamp '2026-05-01' as as_of")
    publish(delivered, warehouse, name="a", as_of=datetime(2026, 5, 1), lake_version=1, is_current=True)  # noqa: DTZ001
    write_record(delivered, BuildRecord("latest", "2026-05-02T11:00:00+00:00", "2026-05-02T11:01:00+00:00", None))
    client = _client(delivered, receiver=True)
    assert client.get("/readyz").json() == {"status": "ready", "reasons": []}
    scraped = _scraped(client)
    assert scraped["churniq_rows_read[payment_events]"] == 2
    assert scraped["churniq_rows_quarantined[payment_events]"] == 1
    assert scraped["churniq_quarantine_share"] == 0.5
    assert scraped["churniq_inbox_waiting_files"] == 1
    assert scraped["churniq_ingests_not_built"] == 0
    assert scraped["churniq_snapshot_as_of_timestamp_seconds"] == datetime(2026, 5, 1, tzinfo=UTC).timestamp()
    assert scraped["churniq_last_build_state[succeeded]"] == 1
    assert scraped["churniq_disk_free_bytes"] > 0
    assert scraped["churniq_service_up[receiver]"] == 1


def test_a_service_that_does_not_run_is_told(settings: Settings) -> None:
    answer = _client(settings, receiver=False).get("/readyz")
    assert any("receiver" in reason for reason in answer.json()["reasons"])


def test_the_age_of_the_last_build_and_its_state() -> None:
    record = BuildRecord("latest", "2026-05-02T10:00:00+00:00", "2026-05-02T11:00:00+00:00", "No space")
    look = Operation(_NOW, build=record, build_state="failed")
    found = {
        sample.name + "".join(sample.labels.values()): sample.value
        for metric in metrics_of(look, {})
        for sample in metric.samples
    }
    assert found["churniq_last_build_age_seconds"] == 3600
    assert found["churniq_last_build_statefailed"] == 1
    assert found["churniq_last_build_statesucceeded"] == 0


def test_a_broken_record_is_a_trouble_and_no_end(delivered: Settings) -> None:
    """The monitor is asked when things are broken: it must not break with them."""
    (delivered.work / "last_build.json").write_text("{")
    look = look_at(delivered)
    assert any("last_build.json" in trouble for trouble in look.troubles)
    assert look.build_state == "none"
    assert look.rows("rows_read")["payment_events"] == 2
    client = _client(delivered)
    assert client.get("/readyz").status_code == 503
    assert _scraped(client)["churniq_readable"] == 0


def test_rows_of_the_last_days_only_count_there(delivered: Settings) -> None:
    look = look_at(delivered)
    assert look.quarantine_share(days=1) == 0.5
    later = replace(look, now=datetime(2100, 1, 1, tzinfo=UTC))
    assert later.quarantine_share(days=1) is None
    assert later.quarantine_share() == 0.5
