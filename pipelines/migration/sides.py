"""The two sides of a check as tables by one set of terms: one instant, one reporting currency, one time zone.

A side is a published snapshot, which is taken as it is, or files, which are ingested and built beside the environment
in a folder that is removed afterwards. Published snapshots settle the terms; between files the environment does.

Belongs here: which kind a side is, and what the terms are. Does not belong here: ingesting and building
(``building``), comparing (``comparison``).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.errors import UserError
from pipelines.lake.store import Contents, Lake
from pipelines.migration.building import Delivered, MigrationSide, build_core, deliver
from pipelines.privacy.keys import secret_key
from pipelines.privacy.masks import masked_column
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings
from pipelines.warehouse.database import register_feeds, resolve_as_of, resolve_reporting_currency
from pipelines.warehouse.dbt import dbt_at_hand

CURRENT = "lake"
"""The word for the current environment's published snapshot."""


@dataclass(frozen=True)
class Terms:
    """What both sides are measured by; ``as_of`` is UTC without an offset."""

    as_of: datetime
    reporting_currency: str
    timezone: str


@dataclass(frozen=True)
class Side:
    """One side with its tables in the schema ``core`` of a DuckDB file.

    ``rejected`` are the rows that were refused, by reason; ``later_events`` are the subscription events that were
    left out since they are later than the instant, ``states_only`` the subscriptions of which only a state is told that
    follows another. A published snapshot has none of these: its own build answers for it.
    """

    label: str
    file: Path
    is_published: bool
    rejected: tuple[tuple[str, int], ...] = ()
    later_events: int = 0
    states_only: int = 0


@dataclass(frozen=True)
class _Published:
    option: str
    label: str
    file: Path
    terms: Terms
    lake: Lake
    key: str
    """What its identifiers that are personal are keyed with."""


@contextmanager
def settled_sides(
    settings: Settings,
    before: MigrationSide,
    after: MigrationSide,
    *,
    as_of: datetime | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[tuple[Terms, Side, Side]]:
    """The terms and both sides, for as long as the context lasts.

    The instant is ``as_of`` if given, else that of the published side, else the earlier of the two instants up to
    which the files of each side are known. Raises ``UserError``, one sentence, when a side holds nothing to compare,
    a lake has no build as of the instant, two snapshots differ in their terms, or a currency has no rate.
    """
    for delivery in (before, after):
        _require_existing(delivery)
    published = {side.option: _published(settings, side, as_of) for side in (before, after)}
    settings.prepare()
    with TemporaryDirectory(prefix="migration-", dir=settings.work) as folder:
        workshop = copy.copy(settings)
        workshop.home = Path(folder)
        # Files that name no currency are in that of the side which they are compared with.
        known = [side.terms.reporting_currency for side in published.values() if side]
        workshop.reporting_currency = known[0] if known else settings.reporting_currency
        workshop.prepare()
        held: list[_Published | Delivered] = []
        for delivery in (before, after):
            held.append(published[delivery.option] or deliver(settings, workshop, delivery, progress=progress))
        terms = _terms(settings, held, as_of)
        progress(f"comparing as of {terms.as_of.isoformat()}Z in {terms.reporting_currency}")
        sides = []
        for own, other in zip(held, reversed(held), strict=True):
            if isinstance(own, _Published):
                sides.append(Side(own.label, own.file, is_published=True))
                continue
            progress(f"building {own.label}")
            variables = {
                "CHURNIQ_BUILD_AS_OF": terms.as_of.isoformat(sep=" "),
                "CHURNIQ_BUILD_REPORTING_CURRENCY": terms.reporting_currency,
                "CHURNIQ_BUILD_TIMEZONE": terms.timezone,
                "CHURNIQ_BUILD_PREVIOUS_AS_OF": "",
            }
            with dbt_at_hand() as dbt:
                file, later, states = build_core(
                    workshop, own, dbt, rates_of=other.lake, as_of=terms.as_of, variables=variables
                )
            if isinstance(other, _Published):
                _mask_as_published(file, other.key)
            sides.append(
                Side(own.label, file, is_published=False, rejected=own.rejected, later_events=later, states_only=states)
            )
        for delivery, side in zip((before, after), sides, strict=True):
            _require_subscriptions(delivery, side, terms)
        yield terms, sides[0], sides[1]


def _mask_as_published(file: Path, key: str) -> None:
    """Key the identifiers of a built side that are personal as the snapshot has them that it is compared with."""
    with duckdb.connect(str(file)) as connection:
        for table, columns in (
            ("fct_subscriptions", ("subscription_id", "customer_id")),
            ("dim_customers", ("customer_id",)),
        ):
            masked = ", ".join(masked_column(column, key) for column in columns)
            connection.execute(f"create or replace table core.{table} as select * replace ({masked}) from core.{table}")


def _home(settings: Settings, side: MigrationSide) -> Path | None:
    """The environment that a side names, or None for files."""
    if side.where == CURRENT:
        return settings.home
    path = Path(side.where)
    if path.name == "lake" and (path.parent / "environment").is_file():
        path = path.parent
    return path if (path / "environment").is_file() and (path / "lake").is_dir() else None


def _require_existing(side: MigrationSide) -> None:
    if side.where != CURRENT and not Path(side.where).exists():
        raise UserError(
            f"{side.option}: there is no file or folder {side.where}: check the path, or say {CURRENT} for what this "
            "environment has published."
        )


def _published(settings: Settings, side: MigrationSide, as_of: datetime | None) -> _Published | None:
    home = _home(settings, side)
    if home is None:
        return None
    if side.source or side.mapping:
        raise UserError(
            f"{side.option} {side.where} is a lake, whose rows are mapped already: leave out {side.option}-source and "
            f"{side.option}-mapping."
        )
    owner = copy.copy(settings)
    owner.home = home.absolute()
    pointer = find_snapshot(owner, as_of)
    file = owner.published / pointer.file
    with duckdb.connect(str(file), read_only=True) as connection:
        currency, timezone = connection.execute("select reporting_currency, timezone from ops.build_info").fetchall()[0]
    terms = Terms(pointer.as_of_instant, currency, timezone)
    return _Published(side.option, side.where, file, terms, Lake(owner.lake), secret_key(owner))


def _terms(settings: Settings, held: list[_Published | Delivered], as_of: datetime | None) -> Terms:
    published = [side for side in held if isinstance(side, _Published)]
    if len(published) == 2:
        before, after = published
        for name in ("as_of", "reporting_currency", "timezone"):
            pair = (getattr(before.terms, name), getattr(after.terms, name))
            if pair[0] != pair[1]:
                remedy = "give --as-of T after churniq build --as-of T in both" if name == "as_of" else "build one anew"
                raise UserError(
                    f"{before.label} and {after.label} differ in {name.replace('_', ' ')} ({pair[0]}, {pair[1]}), so "
                    f"their numbers do not compare: {remedy}."
                )
    if published:
        terms = published[0].terms
        _require_rates(settings, held, terms.as_of, terms.reporting_currency)
        return terms
    instant = as_of or min(_latest(side) for side in held if isinstance(side, Delivered))
    currency = _require_rates(settings, held, instant, settings.reporting_currency)
    return Terms(instant, currency, settings.timezone)


def _latest(side: Delivered) -> datetime:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        register_feeds(connection, side.lake.root, side.lake.contents())
        try:
            return resolve_as_of(connection, "latest")
        except UserError as error:
            raise UserError(f"{side.option}: {side.label} holds no events: check its files.") from error


def _require_rates(
    settings: Settings, held: list[_Published | Delivered], as_of: datetime, currency: str | None
) -> str:
    """The reporting currency of all rows together, in which each of their currencies has a rate on either side."""
    together = Contents()
    for side in held:
        for feed, names in side.lake.contents().canonical.items():
            together.canonical.setdefault(feed, []).extend(str((side.lake.root / name).absolute()) for name in names)
    reporting = copy.copy(settings)
    reporting.reporting_currency = currency
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        register_feeds(connection, Path("/"), together)
        return resolve_reporting_currency(connection, reporting, as_of)


def _require_subscriptions(delivery: MigrationSide, side: Side, terms: Terms) -> None:
    with duckdb.connect(str(side.file), read_only=True) as connection:
        count = connection.execute("select count(*) from core.fct_subscriptions").fetchall()[0][0]
    if not count:
        raise UserError(
            f"{delivery.option}: {side.label} has no subscription as of {terms.as_of.isoformat()}Z: check its files, "
            f"its mapping and --as-of ({side.later_events:,} of its subscription events are later)."
        )
