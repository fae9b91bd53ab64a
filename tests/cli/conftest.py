"""Commands run in this process, and a small published snapshot to read: no build, so that every message can be tried.

Belongs here: fixtures of the command line's tests. Does not belong here: real builds (``test_commands``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from pipelines.activation.contacts import write_contacts
from pipelines.cli import run
from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings
from tests.activation.publishing import add_people, person
from tests.homes import fill

AS_OF = datetime(2025, 3, 20, 12)  # noqa: DTZ001 - snapshots are as of UTC without an offset
PUBLISHED = """
create schema core;
create table core.dim_customers as
    select 'c' || number as customer_id, 'NL' as country, cast(number + 0.5 as decimal(38,4)) as current_mrr,
        true as marketing_consent
    from range(1, 4) as t (number);
create table core.dim_offers as select 'o1' as offer_id, 'Basic' as title;
create schema scoring;
create table scoring.fct_churn_scores as
    select 'c' || number as customer_id, 's' || number as subscription_id, date '2025-03-20' as as_of_date,
        30 as horizon_days, 0.9 as churn_probability, if(number = 3, 'low', 'high') as risk_band, 'r' as reason_1,
        null as reason_2, null as reason_3, 'm' as model_version
    from range(1, 4) as t (number);
create schema ops;
create table ops.build_info as select timestamp '2025-03-20 12:00:00' as as_of, 'UTC' as timezone;
create table ops.feed_freshness as
    select 'offers' as feed, 1 as known_rows, timestamp '2025-03-20 12:00:00' as last_occurred_at,
        timestamp '2025-03-20 12:00:00' as last_recorded_at;
"""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit status and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on standard error, which must be all there is."""
        (line,) = self.err.splitlines()
        return line

    @property
    def complaint(self) -> str:
        """The one line on standard error of a wrong usage."""
        assert self.status == 2
        return self.sentence


Churniq = Callable[..., Outcome]


@pytest.fixture
def churniq(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Churniq:
    """Runs ``churniq --quiet`` with arguments in a fresh environment, as the installed command does."""

    def command(*arguments: object) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["churniq", "--quiet", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            run()
        captured = capsys.readouterr()
        return Outcome(int(exit_.value.code or 0), captured.out, captured.err)

    return command


@pytest.fixture
def published(settings: Settings) -> Settings:
    """An environment with a current snapshot of three customers, and an empty one beside it."""
    fill(settings, "published", lambda: _publish(settings))
    return settings


def _publish(settings: Settings) -> None:
    warehouse = settings.work / "small.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(PUBLISHED)
        add_people(
            connection,
            [
                person(f"c{number}", current_mrr=f"{number}.5", risk_band="low" if number == 3 else "high")
                for number in range(1, 4)
            ],
        )
    write_contacts(settings, warehouse)
    publish(settings, warehouse, name="current", as_of=AS_OF, lake_version=1, is_current=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from core.dim_customers")
    earlier = datetime(2025, 1, 1)  # noqa: DTZ001
    publish(settings, warehouse, name="beside", as_of=earlier, lake_version=1, is_current=False)
