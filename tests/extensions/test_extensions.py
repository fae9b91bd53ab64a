"""What others add, as they add it: a distribution with entry points, found in a process of its own.

Belongs here: the example, installed as pip would leave it, and extensions that cannot be taken. Does not belong here:
what senders and metrics are.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.extensions import dbt_packages, with_added_senders
from pipelines.sources import SOURCES
from pipelines.sources.base import Source
from tests.conftest import write_bytes

_EXAMPLE = Path(__file__).parent / "example"
_ROOT = Path(__file__).parents[2]
_CARDS = "card,member,paid_on,price\nk1,m1,2025-01-10,20\nk1,m1,2025-02-10,20\nk2,m2,2025-01-12,35\n,m3,2025-01-13,9\n"
_CUSTOMERS = (
    "event_id,event_type,occurred_at,customer_id,seat_tier\n"
    "r1,registered,2025-01-10T08:00:00Z,m1,stalls\nr2,registered,2025-01-12T08:00:00Z,m2,balcony\n"
    "u2,updated,2025-02-12T08:00:00Z,m2,box\n"
)


def _install(site: Path, entry_points: dict[str, dict[str, str]]) -> Path:
    """What pip leaves of a distribution beside its packages: its name and its entry points."""
    described = site / "churniq_theatre-1.0.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: churniq-theatre\nVersion: 1.0\n")
    lines = [
        line
        for group, points in entry_points.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (described / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The example, with its entry points as its own pyproject.toml has them."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "churniq_theatre").symlink_to(_EXAMPLE / "churniq_theatre")
    declared = tomllib.loads((_EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    return _install(site, declared)


def _churniq(home: Path, site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "CHURNIQ_HOME": str(home),
        "CHURNIQ_REPORTING_CURRENCY": "EUR",
        "PYTHONPATH": f"{_ROOT}:{site}",
    }
    command = [sys.executable, "-m", "pipelines", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _said(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_an_extension_goes_the_whole_way(tmp_path: Path, installed: Path) -> None:
    """Without it a business with one sender or one number of its own had to keep a fork."""
    home = tmp_path / "home"
    write_bytes(tmp_path / "cards.csv", _CARDS)
    write_bytes(tmp_path / "feeds" / "customer_events" / "c.csv", _CUSTOMERS)
    loaded = _said(_churniq(home, installed, "ingest", str(tmp_path / "cards.csv"), "--source", "theatre"))
    assert loaded.split("theatre")[1].split()[:5] == ["1", "4", "3", "0", "1"]
    _said(_churniq(home, installed, "ingest", str(tmp_path / "feeds")))
    _said(_churniq(home, installed, "build"))
    paying = _churniq(
        home, installed, "sql", "select sum(mrr_change) from revenue.fct_mrr_movements", "--format", "csv"
    )
    assert _said(paying).split()[1:] == ["55.0000"]
    answer = _churniq(home, installed, "metric", "new_members", "--by", "seat_tier", "--format", "csv")
    assert _said(answer).splitlines()[1:3] == ["2025-01-01,box,1", "2025-01-01,stalls,1"]
    days = "select count(*) from theatre.dim_members, ops.build_info where known_on <> cast(as_of as date)"
    assert _said(_churniq(home, installed, "sql", days, "--format", "csv")).split()[1:] == ["0"], "as the guide has it"
    glossary = "select description from ops.glossary where table_name = 'dim_members' and column_name = 'seat_tier'"
    assert "ticket office" in _said(_churniq(home, installed, "sql", glossary))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("theatre", "churniq_theatre.nothing:SOURCE", "cannot be loaded (ModuleNotFoundError"),
        ("cinema", "churniq_theatre.sender:SOURCE", "leads to no Source of the name 'cinema'"),
        ("theatre", "churniq_theatre", "leads to no Source of the name 'theatre'"),
        ("stripe", "pipelines.sources.stripe:SOURCE", "has a name that is taken"),
    ],
)
def test_a_sender_that_cannot_be_taken_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    """A broken distribution must not take every command down with a traceback, nor be left out in silence."""
    monkeypatch.syspath_prepend(_EXAMPLE)
    monkeypatch.syspath_prepend(_install(tmp_path, {"churniq.senders": {name: value}}))
    with pytest.raises(UserError) as refused:
        with_added_senders(SOURCES, Source)
    assert said in str(refused.value)
    assert f"The extension {name} (churniq.senders) of the distribution churniq-theatre" in str(refused.value)
    assert "uninstall that distribution" in str(refused.value)


def test_a_folder_without_a_dbt_project_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose models were left out of the wheel would be built without them, and nobody would know."""
    monkeypatch.syspath_prepend(_install(tmp_path, {"churniq.dbt_packages": {"theatre": "json"}}))
    with pytest.raises(UserError, match=r"which has no dbt_project\.yml"):
        dbt_packages.__wrapped__()
