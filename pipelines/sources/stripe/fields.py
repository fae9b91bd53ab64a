"""What is read out of Stripe's JSON, once a document, whatever it is wrapped in.

Belongs here: reading the facts (``facts``) out of documents and exported rows.
Does not belong here: where the facts stand, what a delivered row is wrapped in (``shapes``), what facts mean.
"""

from __future__ import annotations

from pipelines.sources.sql import json_text, json_texts
from pipelines.sources.stripe.facts import EVENT_FACTS, FACTS

FACT_COLUMNS = ", ".join(f'"{name}"' for name in (*FACTS, *EVENT_FACTS))
"""The names of the columns that ``facts_of`` makes."""


def _paths(name: str) -> list[str]:
    return [f"$.data.object.{path}" for path in FACTS[name][0]] if name in FACTS else list(EVENT_FACTS[name])


def _header(name: str) -> str:
    return f'$."{name}"'


_HEADERS = sorted({_header(header) for _, headers in FACTS.values() for header in headers})
_PATHS = [path for name in (*FACTS, *EVENT_FACTS) for path in _paths(name)]


def _column(name: str) -> str:
    headers = FACTS[name][1] if name in FACTS else ()
    places = [json_text(path, _PATHS, texts="found") for path in _paths(name)]
    places += [json_text(_header(header), _HEADERS, texts="headed") for header in headers]
    return f"""coalesce({", ".join(f"nullif({place}, '')" for place in places)}) as "{name}\""""


def facts_of(relation: str) -> str:
    """A select of a relation's columns and of the facts in its ``document`` (an event) or its ``exported`` row."""
    columns = ",\n        ".join(_column(name) for name in (*FACTS, *EVENT_FACTS))
    return f"""
    select * exclude (document, exported, found, headed),
        {columns}
    from (
        select *, {json_texts(_PATHS, document="document")} as found,
            case when exported is not null then {json_texts(_HEADERS, document="exported")} end as headed
        from {relation}
    )
"""
