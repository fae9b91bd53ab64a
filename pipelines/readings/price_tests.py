"""Price tests as the published snapshot has them: which there are, how mature they are, what their variants brought.

Belongs here: the questions, and the sentences that go with the answers. Does not belong here: outcomes
(``dbt_project``), inference (``models.experiments``, at build time).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.errors import UserError, WrongUsageError
from pipelines.publishing.snapshots import find_snapshot, open_snapshot
from pipelines.readings.words import plural
from pipelines.rows import Rows, rows_of
from pipelines.settings import Settings

if TYPE_CHECKING:
    import duckdb

RESULTS = "offers.fct_price_test_results"
VARIANTS = "offers.fct_price_test_variants"
TESTS = f"""
    select tests.test_id, any_value(tests.unit) as unit, min(tests.started_at) as started_at,
        case when count(*) = count(tests.stopped_at) then max(tests.stopped_at) end as stopped_at,
        count(distinct tests.variant) as variants, string_agg(distinct tests.offer_id, ', ') as offers,
        cast(
            (select coalesce(sum(assigned), 0) from {VARIANTS} as people where people.test_id = tests.test_id) as bigint
        ) as assigned
    from offers.dim_price_tests as tests group by tests.test_id order by started_at desc, tests.test_id
"""
PRICES = "select variant, offer_id, amount, currency from offers.dim_price_tests where test_id = $test order by all"
MATURITY = f"""
    select variant, is_control, assigned, in_two_variants, subscribed, past_second_renewal, maturity_share,
        first_assigned_date, last_assigned_date
    from {VARIANTS} where test_id = $test order by is_control desc, variant
"""
OUTCOMES = f"""
    select variant, metric, horizon_days, people, control_people, value, control_value, difference, interval_low,
        interval_high, sequential_low, sequential_high, sample_ratio_p, in_two_share, refusal, headline
    from {RESULTS} where test_id = $test order by horizon_days, metric, variant
"""


def list_tests(settings: Settings) -> Rows:
    """Every price test, the newest first."""
    with open_snapshot(settings) as connection:
        _require(connection)
        return rows_of(connection, TESTS)


def find_results(settings: Settings, test: str) -> tuple[Rows, Rows]:
    """What the variants of a test brought, and how mature they are; raises when nothing is known of it yet."""
    with open_snapshot(settings) as connection:
        _require(connection)
        known = [row[0] for row in rows_of(connection, TESTS).rows]
        if test not in known:
            others = f"choose one of {', '.join(sorted(known))}" if known else "the feed price_tests brings them"
            raise WrongUsageError(f"there is no price test {test!r}: {others}.")
        results, variants = (rows_of(connection, query, {"test": test}) for query in (OUTCOMES, MATURITY))
    if not variants.rows:
        raise UserError(
            f"Nobody was assigned to {test} while it ran: the feed price_test_assignments brings them; then run "
            "churniq build."
        )
    if not results.rows:
        first = min(row["first_assigned_date"] for row in variants.records())
        raise UserError(
            f"No outcome of {test} is known yet: the first people were assigned on {first}, 30 days have to close "
            f"after that, and the snapshot is as of {find_snapshot(settings).as_of}Z."
        )
    return results, variants


def remarks(results: list[dict[str, Any]], variants: list[dict[str, Any]]) -> list[str]:
    """What has to be said with the results, a sentence each: what is refused and why, doubles, maturity."""
    said = list(dict.fromkeys(row["refusal"] for row in results if row["refusal"]))
    doubles = sum(row["in_two_variants"] for row in variants)
    if doubles and not any("two variants" in sentence for sentence in said):
        verb = "was" if doubles == 1 else "were"
        said.append(f"{plural(doubles, 'person')} {verb} put in two variants and count in the first.")
    for row in variants:
        if row["maturity_share"] is not None and row["maturity_share"] < 1:
            said.append(
                f"{row['variant']}: {row['past_second_renewal']:,d} of {row['subscribed']:,d} who subscribed have had "
                f"a second renewal to decide on ({row['maturity_share']:.0%}); the others count without it."
            )
    return said


def _require(connection: duckdb.DuckDBPyConnection) -> None:
    schema, table = RESULTS.split(".")
    found = connection.execute(
        "select count(*) from information_schema.tables where table_schema = $1 and table_name = $2", [schema, table]
    ).fetchall()[0][0]
    if not found:
        raise UserError("The snapshot was built before price tests existed: run churniq build.")
