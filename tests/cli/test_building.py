"""``churniq build``, ``serve`` and ``sandbox`` where they refuse; the real build is in ``test_commands``."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from dagster import Definitions, ResourceDefinition, job, op
from dagster_dbt.errors import DagsterDbtCliRuntimeError
from filelock import FileLock

from pipelines.errors import UserError
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from pipelines.warehouse.build_record import last_build
from pipelines.warehouse.database import open_warehouse, register_lake, resolve_as_of, resolve_reporting_currency
from pipelines.warehouse.dbt import target_folder
from tests.cli.conftest import Churniq
from tests.conftest import Row, write_rows
from tests.lake.contents import deliver, payment, start


def test_an_empty_lake(churniq: Churniq, home: Path) -> None:
    """A build of nothing published empty tables over good ones."""
    refused = churniq("build")
    assert refused.status == 1
    assert refused.sentence == (
        "churniq: The lake is empty, so there is nothing to build: run churniq ingest PATH first."
    )


@pytest.mark.parametrize("instant", ["someday", "2025-02-30", "2025-01-01T25:00", "latest ", ""])
def test_an_instant_that_is_none(instant: str, churniq: Churniq, home: Path) -> None:
    """``--as-of yesterday`` was today."""
    assert churniq("build", "--as-of", instant).complaint == (
        f"churniq: --as-of {instant} is not understood: give latest, now, or a timestamp such as 2026-07-01T00:00:00Z."
    )
    assert not home.exists()


def test_a_second_build_while_one_runs(
    churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds wrote one warehouse, and the record of the first said that it had failed."""
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", [start("a")]))
    monkeypatch.setenv("CHURNIQ_WAIT_SECONDS", "0")
    with FileLock(settings.locks / "build.lock"):
        refused = churniq("build")
    assert refused.status == 1
    assert refused.sentence == (
        f"churniq: Another build of {settings.home} is running: wait for it to end, then run this again."
    )
    assert last_build(settings) is None


def currency_of(settings: Settings, tmp_path: Path, *, as_of: str = "latest", **feeds: list[Row]) -> str:
    """The reporting currency of a lake that holds the feeds."""
    for feed, rows in feeds.items():
        deliver(settings, write_rows(tmp_path / feed / "a.csv", rows))
    with open_warehouse(settings.warehouse) as connection:
        register_lake(connection, Lake(settings.lake))
        return resolve_reporting_currency(connection, settings, resolve_as_of(connection, as_of))


def test_a_lake_of_which_no_row_says_when_it_was_known(settings: Settings, tmp_path: Path) -> None:
    """Whoever began with the viewing was told that the lake is empty."""
    viewed = [{"customer_id": "c", "activity_date": "2025-01-01", "minutes_watched": "5"}]
    with pytest.raises(
        UserError, match=r"No row of the lake says when it was recorded \(it has engagement_daily only\)"
    ):
        currency_of(settings, tmp_path, engagement_daily=viewed)


def test_the_only_currency_reports(settings: Settings, tmp_path: Path) -> None:
    """A business in kronor was asked for rates to the euro."""
    events = [start("a", currency="SEK"), start("b", currency="SEK")]
    assert currency_of(settings, tmp_path, subscription_events=events) == "SEK"


def test_a_currency_without_a_rate_names_both_remedies(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prices in a currency without a rate counted as if they had been in euro."""
    events = [start("a"), start("b", currency="SEK"), start("c", currency="USD")]
    payments = [payment("p", currency="JPY")]
    rates = [{"rate_date": "2025-01-01", "currency": "USD", "rate_to_reporting": "0.9"}]
    with pytest.raises(UserError) as raised:
        currency_of(settings, tmp_path, subscription_events=events, payment_events=payments, fx_rates=rates)
    assert str(raised.value) == (
        "There is no exchange rate from JPY, SEK to EUR: ingest rates for them in the feed fx_rates, or "
        "set CHURNIQ_REPORTING_CURRENCY to the currency of your prices."
    )
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "SEK")
    with pytest.raises(UserError, match="from EUR, JPY to SEK"):
        currency_of(Settings(), tmp_path)
    rates += [{"rate_date": "2025-01-01", "currency": code, "rate_to_reporting": "1"} for code in ("EUR", "JPY")]
    assert currency_of(Settings(), tmp_path, fx_rates=rates) == "SEK"


def test_a_rate_that_was_not_known_yet_is_none(settings: Settings, tmp_path: Path) -> None:
    """A build as of last year used a rate that came this year, and could not be repeated."""
    events = [start("a"), start("b", currency="SEK"), start("late", currency="USD", occurred_at="2026-01-01")]
    rates = [
        {"rate_date": "2025-01-01", "currency": code, "rate_to_reporting": "0.1", "recorded_at": "2025-06-01"}
        for code in ("SEK", "USD")
    ]
    assert currency_of(settings, tmp_path, subscription_events=events, fx_rates=rates) == "EUR"
    assert currency_of(settings, tmp_path, as_of="2025-06-01") == "EUR"
    with pytest.raises(UserError, match="There is no exchange rate from SEK to EUR"):
        currency_of(settings, tmp_path, as_of="2025-03-01")


def a_build_that_fails(settings: Settings, results: list[dict[str, str]], age: float = 0) -> ModuleType:
    """Definitions whose build writes results of dbt, as old as asked for, and fails as dbt's failures do."""

    @op
    def failing() -> None:
        written = target_folder(settings) / "run_results.json"
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(json.dumps({"results": results}))
        os.utime(written, (time.time() - age, time.time() - age))
        raise DagsterDbtCliRuntimeError("dbt exited with 1. Check the stdout in the Dagster compute logs for details.")

    takes_anything = ResourceDefinition(lambda _: None, config_schema=dict)

    @job(resource_defs={"build": takes_anything})
    def full_build() -> None:
        failing()

    module = ModuleType("pipelines.orchestration.definitions")
    module.defs = Definitions(jobs=[full_build])  # type: ignore[attr-defined]
    return module


@pytest.mark.parametrize("count", [1, 7])
def test_a_failed_model_or_check_is_named(
    count: int, churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check failed at night, and the command said 'this should not have happened' and not which."""
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", [start("a")]))
    failures = [
        {"unique_id": f"test.churniq.sums_agree_{number}.0a1b", "status": "fail", "message": "Got 3 results,\n not 0"}
        for number in range(count - 1)
    ]
    model = {"unique_id": "model.churniq.fct_mrr", "status": "error", "message": "Conversion Error: too large"}
    passed = {"unique_id": "model.churniq.fct_other", "status": "success", "message": "OK"}
    module = a_build_that_fails(settings, [passed, model, *failures])
    monkeypatch.setitem(sys.modules, "pipelines.orchestration.definitions", module)
    refused = churniq("build")
    assert refused.status == 1
    checks = [f"the check sums_agree_{number} failed (Got 3 results, not 0)" for number in range(min(count - 1, 4))]
    named = "; ".join(["the model fct_mrr failed (Conversion Error: too large)", *checks, *(["2 more"] * (count > 1))])
    assert refused.sentence == (
        f"churniq: The build failed and published nothing, so the last snapshot still serves: {named}; "
        "churniq --debug build shows all of it, and the runbook docs/runbooks/build-failed.md says what to do."
    )
    assert named in str(last_build(settings))


def test_a_failure_before_dbt_is_not_laid_to_it(
    churniq: Churniq, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What dbt had failed at the night before was named for a failure of today that was none of dbt's."""
    deliver(settings, write_rows(tmp_path / "subscription_events" / "a.csv", [start("a")]))
    old = [{"unique_id": "test.churniq.sums_agree.0a1b", "status": "fail", "message": "Got 3 results"}]
    monkeypatch.setitem(
        sys.modules, "pipelines.orchestration.definitions", a_build_that_fails(settings, old, age=3_600)
    )
    refused = churniq("build").sentence
    assert "sums_agree" not in refused
    assert "still serves: dbt exited with 1." in refused


def test_serve_on_a_port_in_use(churniq: Churniq, home: Path) -> None:
    """A second server answered with the pages of the first one's environment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in (("serve",), ("demo",)):
            refused = churniq(*command, "--port", port)
            assert refused.status == 1
            assert refused.sentence == (
                f"churniq: Port {port} is in use: stop what listens there, or choose another with --port."
            )
    assert not home.exists()
    assert churniq("serve", "--port", 0).complaint.startswith("churniq: Invalid value for '--port'")


def test_sandbox_refuses_what_it_cannot_write(churniq: Churniq, home: Path, tmp_path: Path) -> None:
    """A second run into the same folder mixed two businesses."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").touch()
    refused = churniq("sandbox", "--out", tmp_path / "full", "--subscribers", 1)
    assert refused.status == 1
    assert "is not empty" in refused.sentence
    assert churniq("sandbox").complaint == "churniq: Missing option '--out' (see churniq sandbox --help)."
    assert churniq("sandbox", "--out", "x", "--months", 0).complaint.startswith("churniq: Invalid value for '--months'")


@pytest.mark.parametrize("command", ["", "sandbox", "ingest", "build", "sql", "export", "serve", "status", "demo"])
def test_help_of_every_command_of_the_contract(command: str, churniq: Churniq, home: Path) -> None:
    """A command of the contract was renamed, and the runbooks were not."""
    shown = churniq(*command.split(), "--help")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith("Usage: churniq")
    assert not home.exists()
