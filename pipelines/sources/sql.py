"""Pieces of SQL that several senders need: fields of JSON, times, money in minor units, countries, intervals.

Belongs here: what formats of different senders share. Does not belong here: what a sender's fields mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pipelines.contract.codes import ALPHA_2_BY_ALPHA_3, WITH_THREE_DIGITS, WITHOUT_MINOR_UNIT
from pipelines.contract.vocabulary import NO, PRICED_EVENT_TYPES, YES

_STEP = r'\.("[^"]+"|[\w-]+)(?:\[(\d+)])?'


def json_fields(fields: Mapping[str, str], *, document: str = "payload", relation: str = "payloads") -> str:
    """A select of every column of ``relation`` and, for each entry of ``fields``, the text at a JSON path.

    Paths are JSONPath (``$.data.object.id``, ``$.items[0]``) or JSON Pointer (``/data/id``). The text of an object or
    array is its JSON; a path that leads nowhere, and a JSON null, is null.
    """
    return (
        f"select * exclude (fields), {named_texts(fields, texts='fields')} "
        f"from (select *, {json_texts(fields.values(), document=document)} as fields from {relation})"
    )


def json_texts(paths: Iterable[str], *, document: str) -> str:
    """The texts at JSON paths of a document, as SQL: what ``json_text`` finds each text in.

    One pass over the document finds all of them, apart from what no structure can tell: what is read whole and in parts
    as well (a customer who is named or written out), keys that differ in case alone. These take a pass of their own.
    """
    plain, others = _divided(tuple(paths))
    found = f"json_transform({document}, '{json.dumps(_structure(plain))}')" if plain else "null"
    if not others:
        return f"{{'found': {found}}}"
    listed = ", ".join("'" + path.replace("'", "''") + "'" for path in others)
    return f"{{'found': {found}, 'others': json_extract_string({document}, [{listed}])}}"


def json_text(path: str, paths: Iterable[str], *, texts: str) -> str:
    """The text at one of the ``paths`` whose ``json_texts`` are called ``texts``."""
    _, others = _divided(tuple(paths))
    if path in others:
        return f"{texts}.others[{others.index(path) + 1}]"
    return f"{texts}.found" + "".join(
        f'."{name}"' + (f"[{position + 1}]" if position is not None else "") for name, position in _steps(path)
    )


def named_texts(fields: Mapping[str, str], *, texts: str) -> str:
    """Columns called as ``fields`` are, of the ``texts`` of their paths as ``json_texts`` gave them; empty is null."""
    return ", ".join(
        f"nullif({json_text(path, fields.values(), texts=texts)}, '') as \"{name}\"" for name, path in fields.items()
    )


def newest_facts(provider: str, kind: str) -> str:
    """A select of the ids of a sender's objects of one kind and the newest ``facts`` of each, from what is known."""
    return (
        "select object_id, arg_max(facts, version) as facts from known_sender_objects "
        f"where provider = '{provider}' and object_kind = '{kind}' group by object_id"
    )


def facts_in_time(provider: str, kind: str) -> str:
    """A select of the ids of a sender's objects of one kind with their ``facts`` and from when to when these held.

    What was told first held before, too: senders tell of an object when somebody asks, or changes it.
    """
    return f"""
        select object_id, facts,
            case when lag(recorded_at) over versions is null then TIMESTAMP '0001-01-01' else recorded_at end
                as valid_from,
            coalesce(lead(recorded_at) over versions, TIMESTAMP '9999-12-31') as valid_to
        from (
            select object_id, recorded_at, arg_max(facts, version) as facts from known_sender_objects
            where provider = '{provider}' and object_kind = '{kind}' group by object_id, recorded_at
        )
        window versions as (partition by object_id order by recorded_at)
    """


def _steps(path: str) -> list[tuple[str, int | None]]:
    """The keys that a path leads along, and the position in the list that each holds, if it is one."""
    return [(name.strip('"'), int(position) if position else None) for name, position in re.findall(_STEP, path)]


@cache
def _divided(paths: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The paths that one structure can tell, and the others."""
    plain: list[str] = []
    others: list[str] = []
    for path in dict.fromkeys(paths):
        is_parent = any(other.startswith((f"{path}.", f"{path}[")) for other in paths)
        # The names in a structure know no case.
        is_namesake = any(other.lower() == path.lower() and other != path for other in paths)
        is_plain = re.fullmatch(rf"\$(?:{_STEP})+", path) and not is_parent and not is_namesake
        (plain if is_plain else others).append(path)
    return plain, others


def _structure(paths: Iterable[str]) -> dict[str, Any]:
    """The structure of a document that has texts at paths, as ``json_transform`` takes it."""
    root: dict[str, Any] = {}
    for path in paths:
        *parents, (last, position) = _steps(path)
        place = root
        for name, of_parent in parents:
            place = place.setdefault(name, {}) if of_parent is None else place.setdefault(name, [{}])[0]
        place[last] = "VARCHAR" if position is None else ["VARCHAR"]
    return root


def sets_price(event_type: str = "event_type") -> str:
    """The condition that a type of subscription event has a price, as the contract lists them."""
    return f"{event_type} in {PRICED_EVENT_TYPES}"


def is_yes(text: str) -> str:
    """The condition that a text says yes, in JSON's word or in those that databases write into files; never null."""
    return f"coalesce(lower({text}) in {YES}, false)"


def is_no(text: str) -> str:
    """The condition that a text says no; never null."""
    return f"coalesce(lower({text}) in {NO}, false)"


def key_lists(document: str) -> str:
    """The lists of the keys of every object in the text of a JSON object, as SQL; null when it is none."""
    # In a condition a try() does not catch what these raise for other texts.
    return f"""case when json_valid({document})
        then list_prepend(json_keys({document}), json_keys({document}, '$.**')) end"""


def key_hash(document: str, *, is_valid: str | None = None, inner: str | None = None) -> str:
    """A hash of the keys of every object in the text of a JSON object, as SQL: the same for the same ``key_lists``.

    It is null for what is no JSON; ``is_valid`` is the condition that it is, where that is known already. ``inner`` is
    the key of the only object within it that its sender usually sends, which makes that case cheap.
    """
    # A path to all that is within leaves out the whole, so the whole is looked at as a value of another object. That
    # one has an empty list of keys first, since to DuckDB [[a, x], [a]] has the hash of [[a, x, a]].
    within = f"""'{{"":0,"":' || {document} || '}}'"""
    hashed = f"""case when {document} like '%{{%{{%' then hash(json_keys({within}, '$.**'))
        else hash(json_keys({document})) end"""
    if inner:
        is_next = " or ".join(f"contains({document}, '\"{inner}\":{space}{{')" for space in ("", " "))
        is_usual = f"{document} not like '%{{%{{%{{%' and ({is_next})"
        hashed = f"case when {is_usual} then hash(json_keys({document}, ['$', '$.{inner}'])) else {hashed} end"
    # A try() around lists costs as much as to make them.
    return f"case when {is_valid or f'json_valid({document})'} then {hashed} end"


def names_a_key_twice(key_lists: str) -> str:
    """The condition that one of the lists of keys, as SQL, has a key twice: which value was meant cannot be known."""
    return f"coalesce(list_bool_or(list_transform({key_lists}, lambda keys: len(keys) > list_unique(keys))), false)"


def epoch_seconds(text: str) -> str:
    """A TIMESTAMP in UTC of a text of whole epoch seconds; null when it is none."""
    return f"make_timestamp(try_cast({text} as BIGINT) * 1000000)"


def epoch_milliseconds(text: str) -> str:
    """A TIMESTAMP in UTC of a text of whole epoch milliseconds; null when it is none."""
    return f"make_timestamp(try_cast({text} as BIGINT) * 1000)"


def instant(text: str) -> str:
    """A TIMESTAMP in UTC of an ISO 8601 text with or without an offset (none is UTC); null when it is none."""
    return f"try_cast({text} as TIMESTAMPTZ) at time zone 'UTC'"


def base64url_text(encoded: str) -> str:
    """The text that is encoded by RFC 7515, section 2 (base64url without padding); null when it is none."""
    # A token is long, and translate() and rpad() go through it letter by letter.
    standard = f"replace(replace({encoded}, '-', '+'), '_', '/')"
    padded = f"{standard} || left('===', cast(-strlen({encoded}) % 4 + 4 as INTEGER) % 4)"
    return f"try(decode(from_base64({padded})))"


def email_hash(email: str) -> str:
    """The value of the alias kind ``email_hash``: SHA-256 of the trimmed address in small letters, as hexadecimals."""
    return f"sha256(lower(trim({email})))"


def major_units(minor: str, currency: str, *, whole: frozenset[str] = WITHOUT_MINOR_UNIT) -> str:
    """A DECIMAL(18,4) of an amount in minor units (a text or integer) and its upper-case ISO 4217 code.

    ``whole`` are the currencies without minor units; a sender's own list goes first.
    """
    amount = f"try_cast({minor} as DECIMAL(18,0))"
    return f"""cast(case
        when {currency} in ({listed(whole)}) then {amount}
        when {currency} in ({listed(WITH_THREE_DIGITS)}) then {amount} * 0.001
        else {amount} * 0.01 end as DECIMAL(18,4))"""


def alpha_2(alpha_3: str) -> str:
    """The ISO 3166-1 alpha-2 code of an alpha-3 code; any other text is left as it is, for the contract to judge."""
    pairs = ", ".join(f"'{long}': '{short}'" for long, short in sorted(ALPHA_2_BY_ALPHA_3.items()))
    return f"coalesce(map_extract_value(map {{{pairs}}}, {alpha_3}), {alpha_3})"


def listed(codes: frozenset[str]) -> str:
    """Codes as a list of SQL, always in the same order."""
    return ", ".join(f"'{code}'" for code in sorted(codes))
