"""The process that checks batches against the suites of Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.contract.suites_process import Checked, SuitesProcess
from pipelines.errors import UserError


@pytest.fixture(scope="module")
def suites() -> Iterator[SuitesProcess]:
    """One process for all tests: loading the library takes seconds."""
    with SuitesProcess() as process:
        yield process


def _rates(currency: str, rows: int = 2) -> str:
    return (
        f"select date '2026-06-01' as rate_date, {currency} as currency, 1.25::decimal(18, 8) as rate_to_reporting, "
        f"timestamp '2026-06-02 00:00:00' as recorded_at from range({rows})"
    )


def test_a_batch_that_breaks_the_contract_is_told_without_its_values(suites: SuitesProcess) -> None:
    """What is broken is written to logs, and a value may be a person's."""
    assert suites.check_landing("fx_rates", _rates("'USD'")) == Checked(2, [])
    assert suites.check_landing("fx_rates", _rates("'USD'", rows=0)) == Checked(0, [])
    unknown = suites.check_landing("fx_rates", _rates("'ann@example.org'"))
    assert unknown == Checked(2, ["expect_column_values_to_be_in_set on currency (2 rows)"])
    missing = suites.check_landing("fx_rates", _rates("null::varchar"))
    assert missing.broken == ["expect_column_values_to_not_be_null on currency (2 rows)"]


def test_a_batch_that_cannot_be_read_does_not_end_the_process(suites: SuitesProcess) -> None:
    """A lost file must fail the check that reads it, not the next one."""
    with pytest.raises(RuntimeError, match="IOException"):
        suites.check_landing("fx_rates", "select * from read_parquet('/nowhere/rates.parquet')")
    assert suites.check_landing("fx_rates", _rates("'EUR'")).broken == []


def test_scores_that_are_no_probabilities_are_told(suites: SuitesProcess, tmp_path: Path) -> None:
    """Nothing is published on scores that cannot be right."""
    warehouse = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema scoring")
        connection.execute(
            "create table scoring.fct_churn_scores as select 'c' || n as customer_id, 'm' as model_version, "
            "case n when 0 then 1.5 else 0.5 end as churn_probability, case n when 1 then 'huge' else 'low' end as "
            "risk_band from range(3) as numbers (n)"
        )
    assert suites.check_scores(warehouse) == Checked(
        3,
        [
            "expect_column_values_to_be_between on churn_probability (1 rows)",
            "expect_column_values_to_be_in_set on risk_band (1 rows)",
        ],
    )


def test_a_process_that_was_killed_says_so() -> None:
    """Killed for want of memory, it left a build that failed with a broken pipe."""
    with SuitesProcess() as process:
        process._working.process.kill()
        process._working.process.wait()
        with pytest.raises(UserError, match="run churniq build again"):
            process.check_landing("fx_rates", _rates("'USD'"))
