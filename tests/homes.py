"""Homes that many tests begin with: made once in a process, and copied, or once for all processes, and read.

Belongs here: keeping and copying them. Does not belong here: what is in them.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Hashable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from pipelines.publishing.snapshots import publish
from pipelines.settings import Settings

# What an environment holds before anything is in it.
_OF_EVERY_HOME = {"environment", "kept.json", "kept.lock"}
_kept: dict[Hashable, Path] = {}


def fill(settings: Settings, key: Hashable, make: Callable[[], None]) -> None:
    """Fill a home with what ``make`` writes; one that holds nothing yet gets a copy of what ``key`` gave before."""
    home = settings.home
    if {path.name for path in home.rglob("*") if path.is_file()} - _OF_EVERY_HOME:
        make()
    elif key in _kept:
        shutil.copytree(_kept[key], home, symlinks=True, dirs_exist_ok=True)
    else:
        make()
        _kept[key] = Path(tempfile.mkdtemp(prefix="churniq-kept-"))
        atexit.register(shutil.rmtree, _kept[key], ignore_errors=True)
        shutil.copytree(home, _kept[key], symlinks=True, dirs_exist_ok=True)


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process that asks for it fills; nobody may change it."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = folder / f"{name}.made"
    with FileLock(folder / f"{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder / name, ignore_errors=True)
            make(folder / name)
            made.touch()
    return folder / name


def publish_sql(settings: Settings, statements: str, *, as_of: datetime) -> Settings:
    """Publish what the statements make of an empty warehouse as the current snapshot."""

    def make() -> None:
        warehouse = settings.work / "small.duckdb"
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(statements)
        publish(settings, warehouse, name="small", as_of=as_of, lake_version=1, is_current=True)

    fill(settings, (statements, as_of), make)
    return settings
