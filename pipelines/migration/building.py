"""Files of a side as tables of the schema ``core``, by the warehouse's own ingest and models, in a folder of its own.

Only what the compared numbers follow from is built: ``fct_subscriptions``, ``dim_customers`` and what they need. Of a
folder with feeds, only the feeds that move them are read.

Belongs here: ingesting and building one side. Does not belong here: when and in which currency (``sides``).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.contract.feeds import FEEDS
from pipelines.contract.vocabulary import OPENING_EVENT_TYPES
from pipelines.errors import UserError
from pipelines.lake.ingest import ingest
from pipelines.lake.sql import canonical_select, literal, quote
from pipelines.lake.store import Lake
from pipelines.settings import Settings
from pipelines.sources import SOURCES
from pipelines.sources.mapping_file import register_mapping
from pipelines.warehouse.database import open_warehouse, register_feeds
from pipelines.warehouse.dbt import dbt_environment, failed_nodes
from pipelines.warehouse.dbt_process import DbtProcess

# Payments, viewing and tickets move neither a subscription nor the status of its customer.
_MOVING_FEEDS = ("subscription_events", "customer_events", "fx_rates", "identity_links")
_MODELS = ("+fct_subscriptions", "+dim_customers")


@dataclass(frozen=True)
class MigrationSide:
    """One side as a person names it: the option, a path (or the word for the lake), and whose files they are."""

    option: str
    where: str
    source: str | None = None
    mapping: Path | None = None


@dataclass(frozen=True)
class Delivered:
    """A side whose files were ingested: its lake, and the rows that were refused, by reason, the most first."""

    option: str
    label: str
    lake: Lake
    rejected: tuple[tuple[str, int], ...]


def deliver(
    settings: Settings, workshop: Settings, side: MigrationSide, *, progress: Callable[[str], None] = lambda _: None
) -> Delivered:
    """Ingest the files of a side into a lake of its own below ``workshop``; mappings are also found in ``settings``.

    Raises ``UserError``, one sentence that names the side, when there is nothing to ingest, the source is unknown, or
    no row was loaded.
    """
    own = copy.copy(workshop)
    own.home = workshop.home / side.option.strip("-")
    own.prepare()
    try:
        source = _source_name(settings, own, side)
        results = [ingest(own, path, source_name=source, progress=progress) for path in _paths(side)]
    except UserError as error:
        raise UserError(f"{side.option}: {error}") from error
    unreadable = [sentence for result in results for sentence in result.unreadable]
    loaded = sum(account.rows_loaded for result in results for account in result.accounts)
    lake = Lake(own.lake)
    rejected = tuple(_rejected(lake))
    if not loaded:
        reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in rejected[:3]) or "its files have no rows"
        raise UserError(
            f"{side.option}: {unreadable[0]}"
            if unreadable
            else f"{side.option}: no row of {side.where} was loaded ({reasons}): check its source or mapping."
        )
    return Delivered(side.option, side.where, lake, rejected)


def build_core(
    workshop: Settings, side: Delivered, dbt: DbtProcess, *, rates_of: Lake, as_of: datetime, variables: dict[str, str]
) -> tuple[Path, int, int]:
    """Build the compared tables of a side; gives their DuckDB file and the subscription events later than ``as_of``.

    The last is the number of subscriptions of which only a state is told that follows another one, as in a list.

    Currencies for which the side has no rate take those of the lake ``rates_of``. Raises ``UserError`` when dbt fails.
    """
    warehouse = workshop.warehouse
    with open_warehouse(warehouse) as connection:
        register_feeds(connection, side.lake.root, side.lake.contents())
        rates = [
            canonical_select(FEEDS["fx_rates"], lake.canonical_files("fx_rates")) for lake in (side.lake, rates_of)
        ]
        connection.execute(
            f"create or replace view raw.fx_rates as select *, false as arrived_since from ({rates[0]}) "
            f"union all by name select *, false as arrived_since from ({rates[1]}) "
            f"where currency not in (select currency from ({rates[0]}))"
        )
        states_only = _begin_states(connection)
        later = connection.execute(
            "select count(*) from raw.subscription_events where recorded_at > $1 or occurred_at > $1", [as_of]
        ).fetchall()[0][0]
    done = dbt.run(["run", "--select", *_MODELS], {**dbt_environment(workshop, warehouse), **variables})
    if done.returncode:
        reasons = "; ".join(failed_nodes(workshop)[:3]) or " ".join(done.stdout.split())[-600:]
        raise UserError(f"{side.option}: {side.label} could not be built: {reasons}.")
    built = workshop.home / f"{side.option.strip('-')}.duckdb"
    warehouse.replace(built)
    return built, int(later), states_only


def _begin_states(connection: duckdb.DuckDBPyConnection) -> int:
    """Give subscriptions that a list shows only as held, paused or cancelled the beginning that the list leaves out."""
    columns = ", ".join(quote(name) for name in FEEDS["subscription_events"].column_names)
    opening = ", ".join(literal(event_type) for event_type in OPENING_EVENT_TYPES)
    connection.execute(
        f"""
        create or replace table raw.states_only as
        select * replace (
            'started' as event_type, event_id || ':begun' as event_id,
            occurred_at - interval 1 microsecond as occurred_at, recorded_at - interval 1 microsecond as recorded_at
        )
        from (
            select *, row_number() over (
                partition by subscription_id order by occurred_at, recorded_at, event_id
            ) as nth
            from raw.subscription_events
            where subscription_id not in (
                select subscription_id from raw.subscription_events where event_type in ({opening})
            )
        )
        where nth = 1 and event_type <> 'ended' and amount is not null and billing_interval is not null
        """
    )
    ((count,),) = connection.execute("select count(*) from raw.states_only").fetchall()
    if count:
        definition = connection.execute(
            "select sql from duckdb_views() where schema_name = 'raw' and view_name = 'subscription_events'"
        ).fetchall()[0][0]
        own = re.sub(
            r"(?i)^create view raw\.subscription_events", "create or replace view raw.events_as_sent", definition
        )
        connection.execute(own)
        connection.execute(
            "create or replace view raw.subscription_events as select * from raw.events_as_sent union all by name "
            f"select {columns}, extra, source_file, source_row from raw.states_only"
        )
    return int(count)


def _source_name(settings: Settings, own: Settings, side: MigrationSide) -> str:
    """The source of the files, its mapping registered where they are ingested."""
    if side.mapping:
        return register_mapping(own, side.mapping).name
    name = side.source or "canonical"
    kept = settings.mappings / f"{name.removeprefix('migration-')}.yml"
    if name not in SOURCES and name.startswith("migration-") and kept.is_file():
        return register_mapping(own, kept).name
    return name


def _paths(side: MigrationSide) -> Iterator[Path]:
    """What to ingest: of a folder of feeds only those that matter, otherwise everything."""
    path = Path(side.where)
    moving = [path / feed for feed in _MOVING_FEEDS if (path / feed).is_dir()]
    if side.source or side.mapping or path / "subscription_events" not in moving:
        yield path
        return
    yield from (folder for folder in moving if any(file.is_file() for file in folder.rglob("*")))


def _rejected(lake: Lake) -> list[tuple[str, int]]:
    files = [str(file) for file in lake.quarantine_files()]
    if not files:
        return []
    return duckdb.execute(
        "select reason, count(*) from read_parquet($1) group by reason order by count(*) desc, reason", [files]
    ).fetchall()
