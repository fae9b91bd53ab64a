"""dagster-dbt, imported without dbt: the process that builds asks another one for dbt, and never needs its own.

dagster-dbt imports dbt where it is installed, for a few names that it defines itself where it is not: half of the time
that Dagster's definitions take. What it needs of dbt's own code is which nodes a selection means; that follows from the
parsed project, and is kept beside it.

Belongs here: importing it so, for whoever uses it. Does not belong here: a command's events (``dbt_events``).
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from packaging.version import Version

from pipelines.warehouse.dbt import parsed_project

_ASKED_FOR_FIRST = "dbt.version"  # by dagster_dbt.compat


@contextmanager
def _without_dbt() -> Iterator[None]:
    if _ASKED_FOR_FIRST in sys.modules:
        yield  # It is here already, so leaving it out saves nothing.
        return
    sys.modules[_ASKED_FOR_FIRST] = None  # type: ignore[assignment] # Importing it raises ImportError.
    try:
        yield
    finally:
        del sys.modules[_ASKED_FOR_FIRST]


with _without_dbt():
    import dagster_dbt
    from dagster_dbt import asset_utils, utils
    from dagster_dbt.core import dbt_cli_invocation

DagsterDbtTranslator = dagster_dbt.DagsterDbtTranslator
DagsterDbtTranslatorSettings = dagster_dbt.DagsterDbtTranslatorSettings
DbtProject = dagster_dbt.DbtProject
DbtCliInvocation = dbt_cli_invocation.DbtCliInvocation
dbt_assets = dagster_dbt.dbt_assets
get_updated_cli_invocation_params_for_context = asset_utils.get_updated_cli_invocation_params_for_context

# A selection that is not kept yet is made by dbt, which is there after all.
utils.DBT_PYTHON_VERSION = Version(version("dbt-core"))  # type: ignore[attr-defined]
_select_by_dbt = utils.select_unique_ids


@contextmanager
def _as_quiet_as_before() -> Iterator[None]:
    """Importing dbt gives the root logger a handler, which would write every event of Dagster's to standard error."""
    root = logging.getLogger()
    handlers = [*root.handlers]
    try:
        yield
    finally:
        root.handlers = handlers


def _select_unique_ids(
    select: str, exclude: str, selector: str, project: Any, manifest_json: Mapping[str, Any]
) -> Set[str]:
    """The nodes of the parsed project that a selection of dbt's means."""
    file = parsed_project() / "selections.json"
    asked = json.dumps([select, exclude, selector])
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        kept = {}
    if asked not in kept:
        with _as_quiet_as_before():
            found = _select_by_dbt(select, exclude, selector, project, manifest_json)
        kept[asked] = sorted(found)
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps(kept))
            temporary.replace(file)
        except OSError:
            temporary.unlink(missing_ok=True)
    return frozenset(kept[asked])


asset_utils.select_unique_ids = _select_unique_ids  # type: ignore[attr-defined]
