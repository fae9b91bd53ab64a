"""Great Expectations in a process of its own, which checks batches for the one that builds.

Importing it takes seconds in which nothing else of a process runs, so this one loads while Dagster and dbt do. A batch
to check is a line of JSON on standard input, what came of it a line on standard output. When its standard input closes
it ends at once, so it never outlives who started it.

Belongs here: the process, talking to it, and reading the rows of a batch. Does not belong here: the suites
(``pipelines.contract.expectations``), and what a failure means (``pipelines.defs``).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from pipelines.contract.expectations import BATCH_ROWS, failures, landing_suite, load, scores_suite
from pipelines.contract.feeds import FEEDS
from pipelines.errors import UserError
from pipelines.processes import ImportedWhenUsed, WorkingProcess, lines_of_parent

_RISK_BANDS = ("high", "medium", "low")
_started_in_advance: list[SuitesProcess] = []


@dataclass(frozen=True)
class Checked:
    """How many rows a suite was checked on, and the expectations that they do not meet, as clauses."""

    rows: int
    broken: list[str]


class SuitesProcess:
    """A process that checks batches, one after another. Close it, or use it as a context manager."""

    def __init__(self) -> None:
        self._working = WorkingProcess(__name__)

    def __enter__(self) -> SuitesProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_landing(self, feed: str, rows: str) -> Checked:
        """Check the rows of a feed, as a query gives them, against the contract."""
        return self._ask({"suite": "landing", "feed": feed, "rows": rows})

    def check_scores(self, warehouse: Path) -> Checked:
        """Check the scores in a warehouse, which nobody may have open for writing."""
        return self._ask({"suite": "scores", "warehouse": str(warehouse)})

    def _ask(self, question: dict[str, str]) -> Checked:
        stdin, stdout = self._working.stdin, self._working.stdout
        try:
            stdin.write(json.dumps(question).encode() + b"\n")
            stdin.flush()
            answer = json.loads(stdout.readline())
        except (BrokenPipeError, ValueError) as error:
            raise UserError(
                "The process that checks rows against their suites ended before it answered: run churniq build again."
            ) from error
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return Checked(**answer)

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._working.close()


def start_suites_in_advance() -> None:
    """Let Great Expectations load meanwhile; ``suites_at_hand`` gives the process that this starts."""
    _started_in_advance.append(SuitesProcess())


@contextmanager
def suites_at_hand() -> Iterator[SuitesProcess]:
    """A process that checks batches until the end of the block: the one started in advance, or a new one."""
    process = _started_in_advance.pop() if _started_in_advance else SuitesProcess()
    with process:
        yield process


def main() -> None:
    """Load the library, then check the batches of standard input until it closes."""
    questions = lines_of_parent()
    answers = os.dup(1)
    os.dup2(2, 1)  # Whatever a library prints is no answer.
    sys.meta_path.insert(0, ImportedWhenUsed("altair", "scipy.stats"))  # A third of what Great Expectations imports.
    load()
    for question in questions:
        try:
            answer = _answer(json.loads(question))
        except Exception as error:  # noqa: BLE001 - whoever asked has to be told
            answer = {"error": f"{type(error).__name__}: {error}"}
        os.write(answers, json.dumps(answer).encode() + b"\n")


def _answer(question: dict[str, str]) -> dict[str, object]:
    if question["suite"] == "landing":
        feed = FEEDS[question["feed"]]
        suite = landing_suite(feed)
        query = f"select {', '.join(feed.column_names)} from ({question['rows']}) limit {BATCH_ROWS}"
        rows = _of_files().execute(query).df()
    else:
        suite = scores_suite(_RISK_BANDS)
        query = f"select * from scoring.fct_churn_scores order by customer_id limit {BATCH_ROWS}"
        with duckdb.connect(question["warehouse"], read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            rows = connection.execute(query).df()
    return {"rows": len(rows), "broken": failures(rows, suite) if len(rows) else []}


@cache
def _of_files() -> duckdb.DuckDBPyConnection:
    """To open a connection takes longer than to read the newest rows of a feed."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    return connection


if __name__ == "__main__":
    main()
