"""How light a small build feels, beside importing Dagster in the same run.

``python -m tests.bench.light`` prints what ``churniq build`` takes of 1,000 simulated subscribers for the first time,
for a day more, for two days more that end a month, and with nothing new: seconds, how often Dagster is imported in
them, and the peak memory of the largest process. ``--times 2`` does all of it twice.

Belongs here: small builds as a person waits for them. Does not belong here: the parts of large ones (``builds``).
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipelines.sandbox import simulate

_MONTHS = 24
_SEED = 7
# What is delivered before each build: the feeds up to an instant, or to their end.
_DELIVERIES = {
    "first build": datetime(2026, 6, 28, tzinfo=UTC),
    "a day more": datetime(2026, 6, 29, tzinfo=UTC),
    "two days more, a month end": None,
}


def _seconds(command: Sequence[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def main() -> None:
    """Simulate once, then deliver and build as often as is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--times", type=int, default=1)
    arguments = parser.parse_args()
    churniq = [str(Path(sys.executable).with_name("churniq")), "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        for name, before in _DELIVERIES.items():
            simulate(
                subscribers=arguments.subscribers, months=_MONTHS, seed=_SEED, out=Path(folder) / name, before=before
            )
        for number in range(arguments.times):
            os.environ["CHURNIQ_HOME"] = str(Path(folder) / f"home{number}")
            unit = _seconds([sys.executable, "-c", "import dagster, dagster_dbt"])
            print(f"{'import dagster, dagster_dbt':<30}{unit:>6.1f} s")  # noqa: T201
            for name in [*_DELIVERIES, "nothing new"]:
                if name in _DELIVERIES:
                    _seconds([*churniq, "ingest", str(Path(folder) / name)])
                taken = _seconds([*churniq, "build"])
                print(f"{name:<30}{taken:>6.1f} s {taken / unit:>6.1f} imports", flush=True)  # noqa: T201
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"{'the largest process':<30}{peak:>6.2f} GB")  # noqa: T201


if __name__ == "__main__":
    main()
