"""Tables that dbt built beside the rows of a slow, obviously right implementation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from math import isclose
from typing import Any

import pytest

from tests.warehouse.building import Row, Warehouse


def assert_agrees(
    warehouse: Warehouse, query: str, grain: tuple[str, ...], wanted_rows: list[Row], *, all_columns: bool = False
) -> None:
    """A query gives the reference's rows, no more and no fewer, equal in every column that the reference has.

    With ``all_columns`` it must have no others.
    """
    wanted, built = _by_grain(wanted_rows, grain, query), _by_grain(warehouse.rows(query), grain, query)
    # Plain failures: explaining an assertion on tens of thousands of rows takes pytest minutes.
    if missing := built.keys() ^ wanted.keys():
        pytest.fail(f"{query}: {len(missing)} keys on one side only: {sorted(map(str, missing))[:5]}")
    for key, row in wanted.items():
        if all_columns and built[key].keys() != row.keys():
            pytest.fail(f"{query}: {sorted(built[key].keys() ^ row.keys())} on one side only")
        if different := [name for name in row if not _is_same(built[key][name], row[name])]:
            name = different[0]
            pytest.fail(f"{query} {key}: {name} is {built[key][name]}, not {row[name]}")


def _by_grain(rows: Iterable[Row], grain: tuple[str, ...], query: str) -> dict[tuple[Any, ...], Row]:
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in grain)
        if key in found:
            pytest.fail(f"{query}: {key} is there twice")
        found[key] = row
    return found


def _is_same(built: Any, wanted: Any) -> bool:
    """Rates and estimates to the eleventh digit; everything else, money among it, exactly."""
    if isinstance(built, float) and isinstance(wanted, Fraction | Decimal | float):
        return isclose(built, float(wanted), rel_tol=1e-11, abs_tol=1e-12)
    if isinstance(wanted, datetime) and wanted.tzinfo:
        wanted = wanted.astimezone(UTC).replace(tzinfo=None)
    return bool(built == wanted)
