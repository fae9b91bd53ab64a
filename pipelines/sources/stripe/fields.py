"""What is read out of Stripe's JSON, once a document, whatever it is wrapped in.

Belongs here: reading the facts (``facts``) out of documents and exported rows.
Does not belong here: where the facts stand, what a delivered row is wrapped in (``shapes``), what facts mean.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pipelines.sources.stripe.facts import EVENT_FACTS, FACTS

FACT_COLUMNS = ", ".join(f'"{name}"' for name in (*FACTS, *EVENT_FACTS))
"""The names of the columns that ``facts_of`` makes."""


def _paths(name: str) -> list[str]:
    return [f"$.data.object.{path}" for path in FACTS[name][0]] if name in FACTS else list(EVENT_FACTS[name])


_HEADERS = sorted({header for _, headers in FACTS.values() for header in headers})
_PATHS = [path for name in (*FACTS, *EVENT_FACTS) for path in _paths(name)]
# What may be a text or an object (a customer is named or expanded) is read on its own, the rest in one go.
_LOOSE = [path for path in _PATHS if any(other.startswith((f"{path}.", f"{path}[")) for other in _PATHS)]


def _structure() -> str:
    """The structure of an event, as ``json_transform`` takes it: it goes through a document once for all paths."""
    root: dict[str, Any] = {}
    for path in _PATHS:
        if path not in _LOOSE:
            *parents, last = path.removeprefix("$.").split(".")
            place = root
            for name, is_list in ((parent.split("[")[0], "[" in parent) for parent in parents):
                place = place.setdefault(name, [{}])[0] if is_list else place.setdefault(name, {})
            name, _, index = last.partition("[")
            place[name] = ["VARCHAR"] if index else "VARCHAR"
    return json.dumps(root)


def _place(path: str) -> str:
    """Where the text at a path is found."""
    if path in _LOOSE:
        return f"loose[{_LOOSE.index(path) + 1}]"
    steps = (re.fullmatch(r"(\w+)(?:\[(\d)])?", step) for step in path.removeprefix("$.").split("."))
    return "found" + "".join(f'."{step[1]}"' + (f"[{int(step[2]) + 1}]" if step[2] else "") for step in steps if step)


def _column(name: str) -> str:
    headers = FACTS[name][1] if name in FACTS else ()
    places = [*map(_place, _paths(name)), *(f"headed[{_HEADERS.index(header) + 1}]" for header in headers)]
    return f"""coalesce({", ".join(f"nullif({place}, '')" for place in places)}) as "{name}\""""


def facts_of(relation: str) -> str:
    """A select of a relation's columns and of the facts in its ``document`` (an event) or its ``exported`` row."""
    headers = ", ".join(f"'$.\"{header}\"'" for header in _HEADERS)
    loose = ", ".join(f"'{path}'" for path in _LOOSE)
    columns = ",\n        ".join(_column(name) for name in (*FACTS, *EVENT_FACTS))
    return f"""
    select * exclude (document, exported, found, loose, headed),
        {columns}
    from (
        select *, json_transform(document, '{_structure()}') as found,
            json_extract_string(document, [{loose}]) as loose,
            case when exported is not null then json_extract_string(exported, [{headers}]) end as headed
        from {relation}
    )
"""
