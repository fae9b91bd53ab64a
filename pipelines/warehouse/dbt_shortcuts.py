"""What dbt does again for every model though it is the same for all, done once: a third of a small build.

dbt has no setting for any of it, so functions of its own are replaced by ones that give the same. All that is leant on
is here, and ``tests/warehouse/test_dbt_shortcuts.py`` compares each replacement with what dbt does.

Belongs here: those replacements. Does not belong here: the process that takes them (``dbt_process``).
"""

from __future__ import annotations

import hashlib
import marshal
import os
import re
import sys
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder


def take_shortcuts() -> None:
    """Replace in this process what dbt does again and again."""
    leave_out_debug_events()
    make_contexts_when_asked()
    keep_type_testers()
    find_where_steps_begin()


def leave_out_debug_events() -> None:
    """dbt makes messages of every step it takes, a hundred a model, before it looks whether anybody listens."""
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    class Listened(EventManager):
        def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *rest: Any, **options: Any) -> None:
            if (level or e.level_tag()) is not EventLevel.DEBUG:
                super().fire_event(e, level, *rest, **options)

    def remember(event: DebugLevel, *arguments: Any, **fields: Any) -> None:
        event.__dict__["_made_of"] = (arguments, fields)

    def message(event: DebugLevel) -> Any:
        """Made when somebody asks for it, as an event may be fired at another level than its own."""
        if "_message" not in event.__dict__:
            arguments, fields = event.__dict__["_made_of"]
            super(DebugLevel, event).__init__(*arguments, **fields)
        return event.__dict__["_message"]

    def set_message(event: DebugLevel, value: Any) -> None:
        event.__dict__["_message"] = value

    DebugLevel.__init__ = remember  # type: ignore[method-assign, assignment]
    DebugLevel.pb_msg = property(message, set_message)
    ctx_set_event_manager(Listened())


class MadeWhenAsked(dict[str, Any]):
    """A dictionary whose values are made of what is known when somebody asks for them; what is put into it stays."""

    def __init__(self, known: Mapping[str, Any], make: Callable[[Any], Any]) -> None:
        super().__init__()
        self.known, self._make = known, make

    def __missing__(self, name: str) -> Any:
        self[name] = self._make(self.known[name])
        return self[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.known

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self.known), **dict.fromkeys(super().__iter__())})

    def __bool__(self) -> bool:
        return super().__len__() > 0 or bool(self.known)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    # Those of a dictionary see what is in it; these go through the four above.
    get, keys, items, values = Mapping.get, Mapping.keys, Mapping.items, Mapping.values  # type: ignore[assignment]


def make_contexts_when_asked() -> None:
    """dbt makes all that a template can name, seven hundred things, twice for each model; a template names a few."""
    from dbt.clients.jinja import get_rendered
    from dbt.context import providers
    from dbt.context.base import Var
    from dbt.context.exceptions_jinja import CONTEXT_EXPORTS
    from dbt.context.exceptions_jinja import wrapper as make_wrapper
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.context.manifest import ManifestContext

    build_namespace, to_dict = ManifestContext._build_namespace, ManifestContext.to_dict

    def bound_to(context: ManifestContext) -> Callable[[Any], Any]:
        return lambda member: member.__get__(context) if hasattr(member, "__get__") else member

    def build_namespace_of_unmade(context: ManifestContext) -> MacroNamespace:
        context._ctx = MadeWhenAsked({}, bound_to(context))
        return build_namespace(context)

    def as_unmade(context: ManifestContext) -> dict[str, Any]:
        unmade, members = context._ctx, context._context_members_
        if not isinstance(unmade, MadeWhenAsked):
            return to_dict(context)  # type: ignore[no-any-return, no-untyped-call]
        # A macro wins over a member of the same name.
        unmade.known = ChainMap(context.namespace, members)  # type: ignore[arg-type]
        unmade.update(context=unmade, builtins=MadeWhenAsked(members, bound_to(context)))
        unmade["var"]  # Making it loads the packages in which macros are looked for.
        return unmade

    def rendered(variable: Var, name: str) -> Any:
        raw = variable._merged[name]
        return get_rendered(raw, variable._context) if isinstance(raw, str) else raw  # type: ignore[arg-type]

    ManifestContext._build_namespace = build_namespace_of_unmade  # type: ignore[method-assign, assignment]
    ManifestContext.to_dict = as_unmade  # type: ignore[method-assign]
    MacroNamespaceBuilder.build_namespace = _build_namespace  # type: ignore[method-assign, assignment]
    vars(providers)["wrapped_exports"] = lambda model: MadeWhenAsked(CONTEXT_EXPORTS, make_wrapper(model))  # type: ignore[no-untyped-call]
    Var.get_rendered_var = rendered  # type: ignore[method-assign, assignment]


def _build_namespace(
    builder: MacroNamespaceBuilder, macros_by_package: Mapping[str, Mapping[str, Any]], context: dict[str, Any]
) -> MacroNamespace:
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.macros import MacroNamespace

    def generators(macros: Mapping[str, Any]) -> MadeWhenAsked:
        return MadeWhenAsked(macros, lambda macro: MacroGenerator(macro, context, builder.node, builder.thread_ctx))

    internal = [macros_by_package.get(package, {}) for package in builder.internal_package_names_order]
    packages = {
        package: generators(macros)
        for package, macros in macros_by_package.items()
        if package not in builder.internal_package_names
    }
    is_of_root = builder.root_package == builder.search_package
    return MacroNamespace(
        global_namespace={} if is_of_root else packages.get(builder.root_package, {}),
        local_namespace=packages.get(builder.search_package, {}),
        global_project_namespace=generators(ChainMap(*internal)),  # type: ignore[arg-type]
        packages=packages,  # type: ignore[arg-type]
    )


def keep_type_testers() -> None:
    """What guesses the types of a query's columns takes longer to make than to use, and most queries need the same."""
    from dbt_common.clients import agate_helper

    make: Callable[..., Any] = agate_helper.build_type_tester
    # The result of what gives no rows; nobody changes a table.
    empty_table = agate_helper.empty_table()  # type: ignore[no-untyped-call]

    @cache
    def kept(text_columns: tuple[str, ...], nulls: tuple[str, ...]) -> Any:
        return make(text_columns, nulls)

    def build_type_tester(text_columns: Iterable[str], string_null_values: Iterable[str] | None = ("null", "")) -> Any:
        return kept(tuple(sorted(text_columns)), tuple(string_null_values or ()))

    agate_helper.build_type_tester = build_type_tester
    agate_helper.empty_table = lambda: empty_table


def find_where_steps_begin() -> None:
    """dbt parses a model's whole SQL to find its first word, which takes unit tests long."""
    from dbt import compilation

    by_parsing: Callable[..., str] = compilation.inject_ctes_into_sql

    def inject_ctes_into_sql(sql: str, ctes: Sequence[Any]) -> str:
        begins = _BEGINS_WITH_STEPS.match(sql)
        if not ctes or begins is None or ";" in sql:
            return by_parsing(sql, ctes)
        injected = ", ".join(cte.sql for cte in ctes)
        return f"{sql[: begins.end()]}{injected}, {sql[begins.end() :]}"

    compilation.inject_ctes_into_sql = inject_ctes_into_sql


# Comments and spaces, then the keyword; a recursive one is left to dbt.
_BEGINS_WITH_STEPS = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*with\b(?!\s+recursive\b)\s*", re.IGNORECASE | re.DOTALL)
# As many as the models, macros and unit tests of the project have, several times.
_MOST_KEPT = 5000


class CompiledTemplates:
    """The code that Jinja makes of a template's text, kept in a file between processes.

    It follows from the text, from Jinja and from Python, so it lies beside the project that these parsed.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / f"templates-{version('jinja2')}-{sys.implementation.cache_tag}.marshal"
        self._code: dict[tuple[str, str], CodeType] = {}
        with suppress(OSError):
            digest, _, code = self._file.read_bytes().partition(b"\n")
            if digest == _digest(code):  # Only then are they the bytes that this class wrote.
                self._code = marshal.loads(code)  # noqa: S302
        self._kept = len(self._code)

    def use(self) -> None:
        """Let dbt take the code of a template from here, and add what is not here yet."""
        from dbt_common.clients.jinja import MacroFuzzEnvironment

        compile_anew: Callable[..., Any] = MacroFuzzEnvironment.compile
        code = self._code

        def compile_once(environment: Any, source: Any, *rest: Any, **options: Any) -> Any:
            if rest or options or not isinstance(source, str):
                return compile_anew(environment, source, *rest, **options)
            key = (type(environment).__name__, source)
            if key not in code:
                code[key] = compile_anew(environment, source)
            return code[key]

        MacroFuzzEnvironment.compile = compile_once  # type: ignore[method-assign, assignment]

    def keep(self) -> None:
        """Write what was added, in one step; nothing is lost where it cannot be written."""
        if self._kept == len(self._code) or len(self._code) > _MOST_KEPT:
            return
        temporary = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        try:
            code = marshal.dumps(self._code)
            temporary.write_bytes(_digest(code) + b"\n" + code)
            temporary.replace(self._file)
        except OSError:
            temporary.unlink(missing_ok=True)
        self._kept = len(self._code)


def _digest(code: bytes) -> bytes:
    return hashlib.sha256(code).hexdigest().encode()
