"""A command of our dbt process as Dagster's events: the interface of dagster-dbt that is not public.

``DbtCliInvocation`` reads what dbt prints from a process that ``DbtCliResource`` starts. Starting dbt anew takes as
long as many models, so it is given a command of the process that waits with the project loaded.

Belongs here: that one adaptation, which ``tests/orchestration/test_dbt_events.py`` holds to the installed version.
Does not belong here: the assets (``pipelines.defs``), and the process (``pipelines.warehouse.dbt_process``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from dagster import AssetExecutionContext
from packaging.version import Version

from pipelines.orchestration.dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliInvocation,
    get_updated_cli_invocation_params_for_context,
)
from pipelines.warehouse.build import Build
from pipelines.warehouse.dbt import PROJECT_FOLDER, dbt_environment, target_folder
from pipelines.warehouse.dbt_process import DbtCommand


class _Process:
    """A command in the shape of the ``subprocess.Popen`` that ``DbtCliInvocation`` expects."""

    def __init__(self, command: DbtCommand) -> None:
        self._command = command
        self.args = command.args
        self.stdout = _Lines(command)

    @property
    def returncode(self) -> int | None:
        return self._command.returncode

    def wait(self, timeout: float | None = None) -> int:  # noqa: ARG002 - Popen's signature
        return self._command.wait()

    def send_signal(self, signal: int) -> None:  # noqa: ARG002 - Popen's signature
        self._command.stop()


class _Lines:
    """The standard output of a command; it may be opened again, as dagster-dbt does to learn how it ended."""

    closed = False

    def __init__(self, command: DbtCommand) -> None:
        self._command = command

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[bytes]:
        return self._command.lines()


def dbt_events(context: AssetExecutionContext, build: Build, variables: Mapping[str, str]) -> Iterator[Any]:
    """Build what the step selects and check it, and give dbt's results as Dagster's events.

    ``variables`` are those that the project takes from the environment (``BuildFacts.dbt_environment``). Raises
    ``DagsterDbtCliRuntimeError`` when a model or a test failed.
    """
    settings = build.settings
    chosen = get_updated_cli_invocation_params_for_context(context, {}, DagsterDbtTranslator())
    environment = {**dbt_environment(settings, build.warehouse), **variables, "DBT_LOG_FORMAT": "json"}
    if chosen.indirect_selection:
        environment["DBT_INDIRECT_SELECTION"] = chosen.indirect_selection
    command = build.dbt.start(["build", *chosen.selection_args], environment)
    invocation = DbtCliInvocation(
        process=_Process(command),  # type: ignore[arg-type]
        manifest=chosen.manifest,
        dagster_dbt_translator=chosen.dagster_dbt_translator,
        project_dir=PROJECT_FOLDER,
        target_path=target_folder(settings),
        raise_on_error=True,
        cli_version=Version(version("dbt-core")),
        context=context,
    )
    yield from invocation.stream()
