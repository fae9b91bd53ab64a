"""A home as the last release left it, packed for the test of the upgrade.

To make it again: ``git worktree add RELEASE c3fa3e3``, then with ``PYTHONPATH=RELEASE``, from another folder than this
tree, ``python …/tests/upgrade/make_home.py …/tests/upgrade/home-c3fa3e3.tar.gz``. Belongs here: what the release did.
Does not belong here: anything of newer code, which that release does not have.
"""

from __future__ import annotations

import os
import sys
import tarfile
import tempfile
from datetime import datetime
from pathlib import Path

import duckdb

_HEADER = "event_id,event_type,occurred_at,customer_id,transaction_id,amount,currency\n"
_STARTED = (
    '{"event_id":"s1","event_type":"started","occurred_at":"2025-01-10T09:00:00Z","customer_id":"c1",'
    '"subscription_id":"s1","amount":"9.99","currency":"EUR","billing_interval":"month"}\n'
)
_RECEIVED = '{"received_at": "2025-03-01T00:00:00.000000+00:00", "headers": {}, "body": "{\\"id\\": \\"evt_1\\"}"}\n'


def main(target: Path) -> None:
    """Two deliveries, one with a rejected row, a published snapshot, and a webhook that waits."""
    from pipelines.snapshots import publish

    from pipelines.lake.ingest import ingest
    from pipelines.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        os.environ["CHURNIQ_HOME"] = str(root / "home")
        settings = Settings().prepare()
        for name, rows in {
            "1/payment_events/p.csv": _HEADER
            + "p1,succeeded,2025-01-10T09:00:00Z,c1,t1,9.99,EUR\np2,paid,2025-02-10T09:00:00Z,c1,t2,9.99,EUR\n",
            "1/subscription_events/s.jsonl": _STARTED,
            "2/payment_events/q.csv": _HEADER + "p3,succeeded,2025-03-10T09:00:00Z,c2,t3,5,EUR\n",
        }.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(rows)
        for number in "12":
            ingest(settings, root / number)
        with duckdb.connect(str(root / "w.duckdb")) as connection:
            connection.execute("create schema core; create table core.dim_customers as select 'c1' as customer_id")
        as_of = datetime(2025, 3, 10, 9)  # noqa: DTZ001
        publish(settings, root / "w.duckdb", name="first", as_of=as_of, lake_version=2, is_current=True)
        (settings.landing / "stripe").mkdir()
        (settings.landing / "stripe" / "20250301T000000Z-1-000001.jsonl").write_text(_RECEIVED)
        with tarfile.open(target, "w:gz") as packed:
            packed.add(root / "home", "home")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
