"""What is replaced in dbt gives what dbt gives: another version of dbt must fail here, not build something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dbt import compilation
from dbt.adapters.events.types import ConnectionUsed
from dbt.artifacts.resources.v1.components import InjectedCTE
from dbt.clients.jinja import MacroStack
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.contracts.graph.manifest import Manifest
from dbt_common.clients import agate_helper, jinja
from dbt_common.events import event_manager_client
from dbt_common.events.base_types import DebugLevel

from pipelines.warehouse import dbt_shortcuts
from pipelines.warehouse.dbt import PARTIAL_PARSE, parsed_project
from pipelines.warehouse.dbt_shortcuts import CompiledTemplates


def _as_dict(namespace: MacroNamespace) -> dict[str, Any]:
    """Every macro that a model can name, by package too, as the identifier of what it calls."""
    return {
        name: {inner: id(macro.macro) for inner, macro in found.items()}
        if isinstance(found, dict)
        else (id(found.macro), found.node, found.context is _CONTEXT)
        for name, found in dict(namespace).items()
    }


_CONTEXT: dict[str, Any] = {}
_NATIVE = "{{ '[6, 7]' | as_native }}"


@pytest.mark.parametrize("package", ["churniq", "dbt"])
def test_a_model_finds_the_macros_that_dbt_would_find(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of two macros with one name a model calls decides what a table holds."""
    manifest = Manifest.from_msgpack((parsed_project() / PARTIAL_PARSE).read_bytes())
    macros = manifest.get_macros_by_package()

    def built() -> MacroNamespace:
        builder = MacroNamespaceBuilder("churniq", package, MacroStack(), ["duckdb", "dbt_duckdb", "dbt"], "a model")  # type: ignore[no-untyped-call]
        return builder.build_namespace(macros, _CONTEXT)

    of_dbt = built()
    monkeypatch.setattr(MacroNamespaceBuilder, "build_namespace", dbt_shortcuts._build_namespace)
    ours = built()
    assert len(of_dbt) > 500
    assert ("run_hooks" in ours, "no_such_macro" in ours, ours.get("no_such_macro")) == (True, False, None)
    assert _as_dict(ours) == _as_dict(of_dbt)
    found, wanted = (namespace.get_from_package("dbt", "run_hooks") for namespace in (ours, of_dbt))
    assert found is not None
    assert wanted is not None
    assert found.macro is wanted.macro


def test_a_dictionary_of_what_is_not_made_yet_has_all_of_it() -> None:
    """dbt copies contexts here and there; what a copy lacked, a template would not find."""
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number * 10

    unmade = dbt_shortcuts.MadeWhenAsked({"a": 1, "b": 2}, make)
    unmade["own"] = "c"
    assert (unmade["b"], unmade["b"], unmade.get("own"), unmade.get("x")) == (20, 20, "c", None)
    assert ("a" in unmade, "x" in unmade, made) == (True, False, [2])
    with pytest.raises(KeyError):
        unmade["x"]
    everything = {"a": 10, "b": 20, "own": "c"}
    assert (dict(unmade), {**unmade}, dict(unmade.items()), len(unmade)) == (everything, everything, everything, 3)


def test_an_event_of_debugging_is_made_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event may be fired at another level than its own: then it must say what it always said."""
    made = ConnectionUsed(conn_type="duckdb", conn_name="model.churniq.fct_mrr")
    of_dbt = (made.message(), made.to_dict())  # type: ignore[no-untyped-call]
    for name, value in (("__init__", DebugLevel.__init__), ("pb_msg", None)):
        monkeypatch.setattr(DebugLevel, name, value, raising=False)
    monkeypatch.setattr(event_manager_client, "_EVENT_MANAGER", event_manager_client._EVENT_MANAGER)
    dbt_shortcuts.leave_out_debug_events()
    ours = ConnectionUsed(conn_type="duckdb", conn_name="model.churniq.fct_mrr")
    assert "_message" not in vars(ours)
    assert (ours.message(), ours.to_dict()) == of_dbt  # type: ignore[no-untyped-call]


def test_types_of_columns_are_guessed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first day of the earliest month with news is read from such a result."""
    rows = [{"month": "2026-06-01", "failures": 3, "name": "null"}, {"month": None, "failures": 4, "name": "x"}]
    names = ["month", "failures", "name"]
    of_dbt = agate_helper.table_from_data_flat(rows, names)
    monkeypatch.setattr(agate_helper, "build_type_tester", agate_helper.build_type_tester)
    dbt_shortcuts.keep_type_testers()
    for _ in range(2):
        ours = agate_helper.table_from_data_flat(rows, names)
        assert [type(type_) for type_ in ours.column_types] == [type(type_) for type_ in of_dbt.column_types]
        assert [tuple(row) for row in ours.rows] == [tuple(row) for row in of_dbt.rows]


def test_templates_are_compiled_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another program, or one that a killed process left half written, must not stop every build."""
    monkeypatch.setattr(jinja.MacroFuzzEnvironment, "compile", jinja.MacroFuzzEnvironment.compile)
    for damage in (None, b"", b"not marshal", None):
        for file in tmp_path.iterdir():
            file.write_bytes(file.read_bytes() if damage is None else damage)
        templates = CompiledTemplates(tmp_path)
        templates.use()
        assert jinja.get_template("{{ 6 * 7 }} days", {}).render({}) == "42 days"
        assert jinja.get_template(_NATIVE, {}).render({}) == "[6, 7]"
        assert isinstance(jinja.get_template(_NATIVE, {}, native=True).render({}), list)
        with pytest.raises(Exception, match="unexpected"):
            jinja.get_template("{{ 6 *", {})
        templates.keep()
        assert [file.suffix for file in tmp_path.iterdir()] == [".marshal"]


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select 1 as x)\nselect * from a",
        "\n  -- with what begins\n/* with (a)\n */ WITH\n a as (select ')' as x) select * from a",
        "with recursive a as (select 1 as x) select * from a",
        "select * from (with a as (select 1) select * from a)",
        "\n\nselect 1 as withheld",
        "-- select\nselect 'with' as x;",
        "with a as (select ';' as x) select * from a",
        "without",
        "with -- the first\n a as (select 1) select * from a",
    ],
)
def test_what_a_unit_test_stands_in_for_comes_first(sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows given to a unit test that landed in another place would be read by nobody."""
    given = [InjectedCTE(id="m", sql=" __dbt__cte__m as (\nselect 1\n)"), InjectedCTE(id="n", sql=" n as (select 2)")]
    of_dbt = [compilation.inject_ctes_into_sql(sql, ctes) for ctes in (given, given[:1], [])]
    monkeypatch.setattr(compilation, "inject_ctes_into_sql", compilation.inject_ctes_into_sql)
    dbt_shortcuts.find_where_steps_begin()
    assert [compilation.inject_ctes_into_sql(sql, ctes) for ctes in (given, given[:1], [])] == of_dbt
