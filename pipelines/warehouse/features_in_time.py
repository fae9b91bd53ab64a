"""Whether the features of a past day are those of a build as of that day: a feature that knows the future makes a model
that is right about the past and wrong about the present.

The newest month end of the feature mart is built again in a warehouse beside, from what was recorded by its close, and
compared. A day that has passed under one dbt project is not built again: what was recorded by then does not change.

Belongs here: the second build, the comparison, what has passed. Does not belong here: the features (``dbt_project``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from models.backtesting import MINIMUM_CHURNERS, MINIMUM_TRAINING_DAYS
from models.features import NAMES
from pipelines.errors import UserError
from pipelines.lake.sql import literal
from pipelines.warehouse.build import Build
from pipelines.warehouse.dbt import dbt_environment, project_fingerprint

# Of these the newest reading is taken on purpose, as docs/scoring.md says: since when and how often somebody paid.
NEWEST_READING = frozenset({"tenure_days", "spell_days", "returns"})
_PASSED = "features_in_time.json"
# The newest feature day is that of the as-of instant, on which nobody learns.
_IS_PAST = "feature_date < (select as_of_date from ops.build_info)"
# Whom an identifier stands for is the newest reading as well: nobody concerned by a later link is compared.
_LINKED_LATER = """
    with later as (select alias, customer_id from warehouse.private.fct_identity_links where recorded_at >= $close)
    select alias from later
    union
    select customer_id from later
    union
    select aliases.customer_id from warehouse.private.dim_customer_aliases as aliases
    inner join later on aliases.alias in (later.alias, later.customer_id)
"""


@dataclass(frozen=True)
class Comparison:
    """The day that was built again, the customers on both sides, and of how many of them each feature differs."""

    day: date
    customers: int
    differing: dict[str, int]

    def sentence(self) -> str:
        """What is wrong, where, and what to do."""
        worst = ", ".join(f"{name} of {rows:,}" for name, rows in self.differing.items())
        return (
            f"Features of {self.day} are not those of a build as of that day ({worst}, of {self.customers:,} "
            "customers): mend what they read of later records before a model learns from them."
        )


def newest_month_end(build: Build) -> date | None:
    """The newest day of the feature mart before the scoring day; none in a history of one month."""
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        found = connection.execute(
            f"select max(feature_date) from features.fct_customer_features where {_IS_PAST}"
        ).fetchall()
    newest: date | None = found[0][0]
    return newest


def nothing_learns(build: Build) -> bool:
    """Whether the history is too short, or too few have left, for a model to learn: everybody has a segment's rate.

    Counted as high as it can be: each who left as a churner of two month ends, of which any may be settled.
    """
    with duckdb.connect(str(build.warehouse), read_only=True) as connection:
        days, ends = connection.execute(
            f"""
            select (select count(distinct feature_date) from features.fct_customer_features where {_IS_PAST}),
                (select count(*) from core.fct_paying_spans where valid_to is not null)
            """
        ).fetchall()[0]
    return bool(days <= MINIMUM_TRAINING_DAYS or 2 * ends < MINIMUM_CHURNERS)


def has_passed(build: Build, day: date) -> bool:
    """Whether this day has passed under this dbt project."""
    try:
        return bool(json.loads((build.settings.work / _PASSED).read_text()) == _passed(day))
    except (OSError, ValueError):
        return False


def remember_passed(build: Build, day: date) -> None:
    """Note that a day has passed."""
    (build.settings.work / _PASSED).write_text(json.dumps(_passed(day)))


def rebuild_and_compare(build: Build, day: date) -> Comparison:
    """Build ``day`` again as of its close, with the facts of ``build`` otherwise, and compare.

    Raises ``UserError`` where it cannot be built, as when no exchange rate was recorded by then.
    """
    next_day = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(build.facts().timezone))
    close = next_day.astimezone(UTC).replace(tzinfo=None)
    then = Build(build.settings, as_of=f"{close - timedelta(microseconds=1)}Z", dbt=build.dbt)
    try:
        facts = then.begin()
        done = then.dbt.run(
            ["run", "--select", "+fct_customer_features"],
            {**dbt_environment(then.settings, then.warehouse), **facts.dbt_environment()},
        )
        if done.returncode:
            raise UserError(f"The features of {day} cannot be built as of that day: {done.stdout[-300:].strip()}")
        return _compared(build.warehouse, then.warehouse, day, close)
    finally:
        then.discard_warehouse()


def _compared(warehouse: Path, then: Path, day: date, close: datetime) -> Comparison:
    names = [name for name in NAMES if name not in NEWEST_READING]
    differs = ", ".join(f"count(*) filter (where one.{name} is distinct from other.{name})" for name in names)
    with duckdb.connect() as connection:
        # Views name their tables by the name of the warehouse.
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        connection.execute(f"attach {literal(str(then))} as earlier (read_only)")
        row = connection.execute(
            f"select count(*), {differs} from warehouse.features.fct_customer_features as one "
            "inner join earlier.features.fct_customer_features as other using (feature_date, customer_id) "
            f"where feature_date = $day and customer_id not in ({_LINKED_LATER})",
            {"day": day, "close": close},
        ).fetchall()[0]
    return Comparison(day, row[0], {name: rows for name, rows in zip(names, row[1:], strict=True) if rows})


def _passed(day: date) -> dict[str, str]:
    return {"day": str(day), "project": project_fingerprint()}
