"""What others add without editing this project, found by the entry points of installed distributions.

- ``churniq.senders``: a ``Source``, which ``churniq ingest --source`` and the inbox then know by its name.
- ``churniq.receivers``: a ``Sender``, to whose path the receiver then listens.
- ``churniq.dbt_packages``: a Python package whose folder is a dbt package that builds on the project; its models are
  built, tested and published with the others, and its semantic models answer ``churniq metric``.

Belongs here: finding them, and sentences for those that cannot be taken. Does not belong here: what a sender or a
metric is, and running dbt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pipelines.errors import UserError

T = TypeVar("T")

_SENDERS = "churniq.senders"
_RECEIVERS = "churniq.receivers"
_DBT_PACKAGES = "churniq.dbt_packages"
_DBT_PROJECT = "dbt_project.yml"


def with_added_senders(own: Mapping[str, T], kind: type[T]) -> dict[str, T]:
    """Our senders and those of extensions, by name. Raises ``UserError`` for one that is none or takes a name."""
    return _with_added(own, _SENDERS, kind)


def with_added_receivers(own: Mapping[str, T], kind: type[T]) -> dict[str, T]:
    """The senders of webhooks, ours and those of extensions, by name; raises ``UserError`` as for senders."""
    return _with_added(own, _RECEIVERS, kind)


@cache
def dbt_packages() -> dict[str, Path]:
    """The folders of the dbt packages that extensions bring, by the name of the entry point, in its order.

    Raises ``UserError`` where a folder is no dbt package.
    """
    found: dict[str, Path] = {}
    for point, package in _loaded(_DBT_PACKAGES):
        folder = Path(str(files(package)))
        if not (folder / _DBT_PROJECT).is_file():
            raise UserError(f"{_named(point)} leads to {folder}, which has no {_DBT_PROJECT}: {_REMEDY}.")
        _refuse_taken(point, found)
        found[point.name] = folder
    return found


_REMEDY = "correct it, or uninstall that distribution"


def _with_added(own: Mapping[str, T], group: str, kind: type[T]) -> dict[str, T]:
    found = dict(own)
    for point, value in _loaded(group):
        if not isinstance(value, kind) or getattr(value, "name", None) != point.name:
            raise UserError(f"{_named(point)} leads to no {kind.__name__} of the name {point.name!r}: {_REMEDY}.")
        _refuse_taken(point, found)
        found[point.name] = value
    return found


def _loaded(group: str) -> Iterator[tuple[EntryPoint, Any]]:
    for point in sorted(entry_points(group=group), key=lambda one: (one.name, one.value)):
        try:
            value = point.load()
        except Exception as error:
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise UserError(f"{_named(point)} cannot be loaded ({said[:200]}): {_REMEDY}.") from error
        yield point, value


def _refuse_taken(point: EntryPoint, found: Mapping[str, object]) -> None:
    if point.name in found:
        raise UserError(
            f"{_named(point)} has a name that is taken: give it another name, or uninstall that distribution."
        )


def _named(point: EntryPoint) -> str:
    distribution = f" of the distribution {point.dist.name}" if point.dist else ""
    return f"The extension {point.name} ({point.group}){distribution}"
