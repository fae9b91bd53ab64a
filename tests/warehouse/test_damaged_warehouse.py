"""A warehouse with a flipped byte is removed, so that builds come back by themselves; a whole or busy one stays."""

from __future__ import annotations

import duckdb

from pipelines.settings import Settings
from pipelines.warehouse.build import Build
from tests.lake.test_integrity import flip


def test_a_warehouse_is_removed_only_if_it_cannot_be_read(settings: Settings) -> None:
    """A build that continued a damaged warehouse failed every night, until somebody knew of --full-refresh."""
    build = Build(settings)
    assert not build.discard_damaged_warehouse()
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute("create schema core; create table core.t as select hash(range) as number from range(500000)")
    assert not build.discard_damaged_warehouse()
    assert settings.warehouse.exists()
    flip(settings.warehouse)
    assert build.discard_damaged_warehouse()
    assert not settings.warehouse.exists()
