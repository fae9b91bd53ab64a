"""The command line as a person uses it: exit statuses, one sentence for a mistake, and what is published."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from pipelines.lake.store import Commit, Lake
from pipelines.publishing.snapshots import find_snapshot, open_snapshot
from pipelines.readings.metric_queries import compile_metric
from pipelines.readings.metrics import dimensions_of, find_metric
from pipelines.sandbox import simulate
from pipelines.settings import Settings
from tests.cli.conftest import Churniq
from tests.conftest import PATIENCE_SECONDS

CHURNIQ = str(Path(sys.executable).with_name("churniq"))


@dataclass(frozen=True)
class Shell:
    """A terminal in one environment."""

    home: Path

    def run(self, *arguments: str, timeout: float | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CHURNIQ_HOME": str(self.home), **variables}
        command = [CHURNIQ, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=timeout)

    def fails(self, status: int, *words: str, arguments: tuple[str, ...], **variables: str) -> None:
        """The command ends with a status and one sentence that holds the words, and no traceback."""
        done = self.run("--quiet", *arguments, **variables)
        assert done.returncode == status, done.stderr
        assert "Traceback" not in done.stderr
        for word in words:
            assert word in done.stderr, done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A small business, ingested and built once for all that read it."""
    folder = tmp_path_factory.mktemp("built")
    simulate(subscribers=120, months=9, seed=3, out=folder / "feeds")
    shell = Shell(folder / "home")
    assert shell.run("ingest", str(folder / "feeds")).returncode == 0
    for number in (signal.SIGTERM, signal.SIGKILL):
        _end_a_build(shell, number)
    done = shell.run("build", timeout=600)
    assert done.returncode == 0, done.stderr
    return shell


@pytest.fixture
def churniq_built(built: Shell, churniq: Churniq, monkeypatch: pytest.MonkeyPatch) -> Churniq:
    """Commands on the small business in this process, which need not start another."""
    monkeypatch.setenv("CHURNIQ_HOME", str(built.home))
    return churniq


def _end_a_build(shell: Shell, number: signal.Signals) -> None:
    """After a kill within dbt every later build waited for ever for what the dead one held, and said nothing.

    A build that is told to end says so at once, and its dbt ends with it.
    """
    environment = {**os.environ, "CHURNIQ_HOME": str(shell.home)}
    process = subprocess.Popen([CHURNIQ, "build"], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    reached = "building as of" if number is signal.SIGTERM else "dbt: "
    assert any(reached in line for line in process.stderr), "it ended before that"
    dbt = _processes_below(process.pid)
    assert dbt or number is signal.SIGTERM
    process.send_signal(number)
    last_words = process.stderr.read()
    assert process.wait(PATIENCE_SECONDS) == (1 if number is signal.SIGTERM else -signal.SIGKILL)
    if number is signal.SIGTERM:
        assert last_words.splitlines()[-1].startswith("churniq: The build was stopped before it ended")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(_is_alive(pid) for pid in dbt):
        assert time.monotonic() < deadline, "an orphan of the killed build still runs"
        time.sleep(0.05)
    if number is signal.SIGKILL:
        told = json.loads(shell.run("status", "--format", "json").stdout)["last_build"]
        assert (told["state"], told["started_by"]) == ("killed", "churniq build")


def _processes_below(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def _is_alive(pid: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(shown.strip()) and not shown.startswith("Z")


@pytest.mark.parametrize(
    ("status", "words", "arguments", "variables"),
    [
        (2, ("there is no file or folder",), ("ingest", "nowhere"), {}),
        (2, ("there is no source 'nobody'", "kkbox"), ("ingest", ".", "--source", "nobody"), {}),
        (1, ("lake is empty", "churniq ingest"), ("build",), {}),
        (1, ("Nothing is published",), ("sql", "select 1"), {}),
        (2, ("there is no segment", "at-risk"), ("export", "everybody", "--out", "x.csv"), {}),
        (2, ("ends in none of .csv, .parquet, .jsonl",), ("export", "at-risk", "--out", "x.xlsx"), {}),
        (2, ("--as-of someday is not understood",), ("build", "--as-of", "someday"), {}),
        (1, ("CHURNIQ_ENV", "staging"), ("status",), {"CHURNIQ_ENV": "staging"}),
        (1, ("CHURNIQ_TIMEZONE", "Mars"), ("status",), {"CHURNIQ_TIMEZONE": "Mars/Base"}),
        (1, ("CHURNIQ_REPORTING_CURRENCY",), ("status",), {"CHURNIQ_REPORTING_CURRENCY": "euro"}),
    ],
)
def test_mistakes_before_anything_is_there(
    *,
    status: int,
    words: tuple[str, ...],
    arguments: tuple[str, ...],
    variables: dict[str, str],
    churniq: Churniq,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each of these once printed a traceback."""
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    outcome = churniq(*arguments)
    assert outcome.status == status, outcome.err
    for word in words:
        assert word in outcome.err


def test_an_unreadable_file_alone_fails_the_ingest(shell: Shell, tmp_path: Path) -> None:
    """A load of nothing must not look like success."""
    feed = tmp_path / "feeds" / "subscription_events"
    feed.mkdir(parents=True)
    (feed / "a.parquet").write_text("not parquet")
    shell.fails(1, "a.parquet was quarantined whole", arguments=("ingest", str(feed.parent)))


def test_a_port_in_use_is_one_sentence(shell: Shell) -> None:
    """A second server on the port answered with another one's pages."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        shell.fails(1, f"Port {port} is in use", arguments=("serve", "--port", port))


def test_an_environment_keeps_to_its_own_home(built: Shell) -> None:
    """Simulated customers once landed in production."""
    built.fails(1, "belongs to the sandbox environment", arguments=("status",), CHURNIQ_ENV="production")
    built.fails(1, "belongs to the sandbox environment", arguments=("demo", "--no-serve"), CHURNIQ_ENV="production")


def test_a_second_build_is_refused_and_harms_nothing(built: Shell) -> None:
    """Two writers of one warehouse corrupted it."""
    with FileLock(built.home / "locks" / "build.lock"):
        built.fails(1, "Another build", arguments=("build",), CHURNIQ_WAIT_SECONDS="0")
    assert built.run("sql", "select 1").returncode == 0


def test_a_currency_without_a_rate_names_both_remedies(churniq: Churniq, tmp_path: Path) -> None:
    """A missing rate once counted as 1."""
    feed = tmp_path / "feeds" / "subscription_events"
    feed.mkdir(parents=True)
    header = "event_id,event_type,occurred_at,customer_id,subscription_id,amount,currency,billing_interval"
    rows = [f"{code},started,2025-01-01,{code},{code},1,{code},month" for code in ("EUR", "USD")]
    (feed / "a.csv").write_text("\n".join([header, *rows]))
    assert churniq("ingest", feed.parent).status == 0
    refused = churniq("build")
    assert refused.status == 1
    for word in ("USD", "fx_rates", "CHURNIQ_REPORTING_CURRENCY"):
        assert word in refused.err


def test_sql_formats(churniq_built: Churniq) -> None:
    """A decimal as a float loses its last digit on the way to a spreadsheet."""
    query = "select month, closing_mrr, closing_customers from revenue.fct_mrr_monthly order by month limit 2"
    records = json.loads(churniq_built("sql", query, "--format", "json").out)
    assert len(records) == 2
    assert isinstance(records[0]["month"], str)
    assert isinstance(records[0]["closing_mrr"], str)
    assert len(records[0]["closing_mrr"].split(".")[1]) == 4
    rows = list(csv.DictReader(churniq_built("sql", query, "--format", "csv").out.splitlines()))
    assert [row["closing_mrr"] for row in rows] == [record["closing_mrr"] for record in records]
    assert "closing_mrr" in churniq_built("sql", query).out


def test_the_segment_is_the_high_band(churniq_built: Churniq, tmp_path: Path) -> None:
    """A campaign to everybody is not a campaign."""
    out = tmp_path / "risk.csv"
    done = churniq_built("export", "at-risk", "--out", str(out), "--force")
    assert done.status == 0, done.err
    high = churniq_built(
        "sql",
        "select count(*) as n from activation.dim_customer_attributes "
        "where risk_band = 'high' and marketing_consent and status <> 'deleted'",
        "--format",
        "json",
    )
    assert len(list(csv.DictReader(out.open()))) == json.loads(high.out)[0]["n"]
    parquet = tmp_path / "risk.parquet"
    assert churniq_built("export", "at-risk", "--out", str(parquet), "--force").status == 0
    assert "email" not in " ".join(duckdb.read_parquet(str(parquet)).columns)


def test_the_churn_model_can_be_asked(churniq_built: Churniq, tmp_path: Path) -> None:
    """A history too short for a model scores by segments and says so, in the build as on the command line."""
    listed = json.loads(churniq_built("models", "--format", "json").out)
    published = json.loads(
        churniq_built("sql", "select distinct model_version from scoring.fct_churn_scores", "--format", "json").out
    )
    assert published[0]["model_version"] in [model["model_version"] for model in listed]
    trained = churniq_built("train", "--format", "json")
    assert trained.status == 0, trained.err
    assert json.loads(trained.out)[0] in listed
    out = tmp_path / "scores.csv"
    scored = churniq_built("score", "--horizon", "60", "--out", str(out), "--format", "json")
    assert json.loads(scored.out)["scored"] == len(list(csv.DictReader(out.open())))
    assert churniq_built("backtest").out.startswith("# Churn model ")
    features = json.loads(
        churniq_built(
            "sql",
            "select count(*) as n, (select count(*) from scoring.fct_churn_scores) as scored "
            "from features.fct_customer_features where feature_date = (select as_of_date from ops.build_info)",
            "--format",
            "json",
        ).out
    )[0]
    assert features["n"] == features["scored"] > 0


def test_status_says_what_is_published(churniq_built: Churniq) -> None:
    """Nobody knew which day the dashboard showed."""
    shown = churniq_built("status").out
    assert "published     as of 2026-06-30" in shown
    assert "succeeded" in shown
    assert "subscription_events" in shown


def test_metrics_of_scores_sum_over_their_dimensions(built: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """They stand on what is built after the scores, which no test of dbt alone has."""
    monkeypatch.setenv("CHURNIQ_HOME", str(built.home))
    with open_snapshot(Settings()) as connection:
        for name in ("scored_customers", "expected_churners", "value_at_risk", "expected_loss"):
            metric = find_metric(name)
            whole = connection.execute(compile_metric(metric, (), "month")).fetchall()
            assert whole, name
            for dimension in dimensions_of(metric):
                sliced = connection.execute(compile_metric(metric, (dimension,), "month")).fetchall()
                assert sum(row[-1] or 0 for row in sliced) == pytest.approx(sum(row[-1] or 0 for row in whole))


def test_a_failing_check_publishes_nothing_and_the_last_snapshot_serves(
    built: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken load replaced a good dashboard at night."""
    monkeypatch.setenv("CHURNIQ_HOME", str(built.home))
    before = find_snapshot(Settings())
    # A row that the contract forbids, put into the lake behind the judge's back.
    lake = Lake(built.home / "lake")
    good = lake.contents().canonical["subscription_events"][-1]
    broken = good.replace(".parquet", "-forbidden.parquet")
    forbidden = f"select * replace ('begun' as event_type) from read_parquet('{lake.root / good}')"
    duckdb.execute(f"copy ({forbidden}) to '{lake.root / broken}' (format parquet)")
    head = (lake.root / "head.json").read_bytes()
    lake.append(Commit("2026-01-01T00:00:00", "", (), {"subscription_events": [broken]}, removed=[good]))
    try:
        built.fails(1, "published nothing", "last snapshot still serves", arguments=("build", "--full-refresh"))
    finally:
        (lake.root / "commits" / f"{lake.version:08d}.json").unlink()
        (lake.root / "head.json").write_bytes(head)
    assert find_snapshot(Settings()) == before
    with open_snapshot(Settings()) as connection:
        assert connection.execute("select count(*) from core.dim_customers").fetchall()[0][0] > 0
    assert "failed" in built.run("status").stdout


def test_help_answers_at_once() -> None:
    """A command line that takes seconds to say what it can do is not asked."""
    done = subprocess.run([CHURNIQ, "--help"], capture_output=True, text=True, check=True)
    for command in ("sandbox", "ingest", "build", "sql", "export", "serve", "status", "demo"):
        assert command in done.stdout
