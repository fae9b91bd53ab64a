"""The contract's rules as SQL over delivered rows: typed values, and for each row the first rule it breaks.

Belongs here: carrying out the rules of ``pipelines.contract.feeds``. Does not belong here: the rules themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.contract.shapes import CODES, Column, Feed, Kind
from pipelines.contract.vocabulary import NO, WORDS_FOR_NOTHING, YES
from pipelines.lake.read import Rows
from pipelines.lake.sql import alias_of, literal, quote

# Earlier than any subscription business, later than epoch seconds mistaken for milliseconds; later is a sentinel.
_LONGEST_IDENTIFIER = 255  # bytes of UTF-8
# Control characters, and those that nobody sees: two ids that look alike would be two customers.
_NEVER_SEEN = r"[[:cntrl:]\x{200B}\x{2060}\x{FEFF}\x{202A}-\x{202E}\x{2066}-\x{2069}]"
_EARLIEST, _LATEST = "1990-01-01", "2200-01-01"
_OFFSET_TEXT = r"Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?"
# Read as they stand, which is faster than by way of a time zone.
_UTC_TEXT = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z?"
_TIMESTAMP_TEXT = rf"\d{{4}}-\d{{2}}-\d{{2}}([T ]\d{{2}}:\d{{2}}(:\d{{2}}(\.\d{{1,9}})?)?({_OFFSET_TEXT})?)?"
_RARE_TEXTS = (
    (" ([Z+-])", r"\1"),
    (r"^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})", r"\1-\2-\3T\4:\5:\6"),
    (r"^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})", r"\1-\2-\3T\4:\5"),
    (r"(:\d{2}:\d{2}),(\d)", r"\1.\2"),
)
_DATE_TEXT = r"\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?(Z|[+-]00(:?00)?)?)?"
_EPOCH_MILLISECONDS_TEXT = r"-?\d{9,15}(\.0*)?"
_MONEY_TEXT = r"[+-]?(\d{1,14}(\.\d{0,4}0*)?|\.\d{1,4}0*)"
_NUMBER_TEXT = r"[+-]?\d{1,15}(\.\d*)?([eE][+-]?\d{1,3})?"
_INTEGER_TEXT = r"[+-]?\d{1,18}(\.0*)?"
_LONGEST_WORD = max(map(len, WORDS_FOR_NOTHING))
_WORDS = ", ".join(map(literal, WORDS_FOR_NOTHING))
_SPACE = r"[\s\x{a0}\x{feff}\x{200b}]"
_EDGES = rf"^{_SPACE}+|{_SPACE}+$"
_NOTHING, _NOTHING_BUT_NAN = (
    rf"{_SPACE}*(?:{'|'.join(re.escape(word) for word in WORDS_FOR_NOTHING if word.lower() not in kept)})?{_SPACE}*"
    for kept in ((), ("nan",))
)
# What Excel leaves of a long number: many ids would be one.
_FIRST_DIGITS = r"\d([.,]\d+)?E\+\d{2,3}"
# A longer list of codes is matched as a pattern, which is faster than to compare with each of them.
_MOST_COMPARED = 20
_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


# The condition that there was something, of a column that no row has.
_NEVER = "false"


@dataclass(frozen=True)
class _Field:
    """How a contract column is read from a delivered one, as SQL, in three steps.

    ``read`` and the ``facts`` (by their names) are found in what was delivered, and of these ``value``. The rules see
    the value and the facts; ``sent`` is the condition for them that there was something.
    """

    read: str
    value: str
    sent: str
    facts: Mapping[str, str] = field(default_factory=dict)


def judged_select(feed: Feed, rows: Rows) -> str:
    """A select of (file_number, row_number, the feed's columns, extra, reason) over delivered rows.

    ``reason`` is null for a row that keeps the contract; otherwise it is a code such as ``missing:customer_id``.
    """
    fields = {column.name: _field(column, feed, rows) for column in feed.columns}
    # What is used several times is computed in a select of its own: DuckDB does not share conditions of a CASE.
    read = ",\n            ".join(
        f"{sql} as {quote(alias)}"
        for name, field in fields.items()
        for alias, sql in ((name, field.read), *field.facts.items())
    )
    parsed = ",\n        ".join(
        f"{field.value} as {quote(name)}"
        + (f", {quote(name)} is not null as {_has(name)}" if _has(name) in field.sent else "")
        + "".join(f", {quote(fact)}" for fact in field.facts)
        for name, field in fields.items()
    )
    defaulted = ", ".join(_defaulted(column) for column in feed.columns)
    rules = "\n        ".join(f"when {broken} then {literal(reason)}" for broken, reason in _rules(feed, rows, fields))
    return f"""
    select file_number, row_number, {defaulted}, extra,
        case
        {rules}
        end as reason
    from (
        select file_number, row_number,
        {parsed},
        extra
        from (
            select file_number, row_number,
            {read},
            {_extra(feed, rows)} as extra
            from {rows.relation}
        )
    )
    """


def _rules(feed: Feed, rows: Rows, fields: Mapping[str, _Field]) -> Iterator[tuple[str, str]]:
    """Pairs of (SQL condition that a broken row meets, reason code), the first that holds decides."""
    for column in feed.columns:
        present, value = fields[column.name].sent, quote(column.name)
        # What is plain needs no closer look.
        plain = _plain(column.name)
        unclear = f"not {quote(plain)} and " if plain in fields[column.name].facts else ""
        if column.required:
            yield f"not ({present})", f"missing:{column.name}"
        if present == _NEVER:
            continue
        typed = rows.columns.get(column.name, "VARCHAR") != "VARCHAR"
        if column.kind is not Kind.TEXT or column.name in rows.nested or typed:
            yield f"({present}) and {value} is null", f"invalid:{column.name}"
        if _is_identifier(column, feed):
            # An identifier stands in addresses, pages and files of others: it is one short line.
            yield f"strlen({value}) > {_LONGEST_IDENTIFIER}", f"too_long:{column.name}"
            yield f"{unclear}regexp_matches({value}, {literal(_NEVER_SEEN)})", f"control_character:{column.name}"
            yield f"{unclear}regexp_full_match({value}, {literal(_FIRST_DIGITS)})", f"invalid:{column.name}"
        if column.kind is Kind.MONEY and not column.signed:
            yield f"{value} < 0", f"negative:{column.name}"
        if column.kind is Kind.RATE:
            yield f"{value} <= 0", f"not_positive:{column.name}"
        if column.kind is Kind.TIMESTAMP:
            bounds = f"TIMESTAMP '{_EARLIEST}' or {value} >= TIMESTAMP '{_LATEST}'"
            yield f"{value} < {bounds}", f"out_of_range:{column.name}"
        if column.kind is Kind.DATE:
            bounds = f"DATE '{_EARLIEST}' or {value} >= DATE '{_LATEST}'"
            yield f"{value} < {bounds}", f"out_of_range:{column.name}"
        if column.minimum is not None:
            yield f"{value} < {column.minimum}", f"out_of_range:{column.name}"
        if codes := _codes(column):
            yield f"{unclear}not {_is_one_of(value, codes)}", f"not_allowed:{column.name}"
        if column.pattern:
            yield f"not regexp_full_match({value}, {literal(column.pattern)})", f"not_allowed:{column.name}"
    for column in feed.columns:
        if column.required_for:
            event_types = ", ".join(literal(event_type) for event_type in column.required_for)
            missing = f"not ({fields[column.name].sent})"
            if column.unless:
                missing += f" and {quote(column.unless)} is not true"
            yield f"event_type in ({event_types}) and {missing}", f"missing:{column.name}"
    for first, second in feed.ordered:
        if _NEVER not in (fields[first].sent, fields[second].sent):
            yield f"{quote(first)} > {quote(second)}", f"order:{first}>{second}"
    if feed.links_aliases:
        yield f"{alias_of('alias_kind', 'alias_value')} = customer_id", "link_to_itself:customer_id"


def _defaulted(column: Column) -> str:
    value = quote(column.name)
    if column.default is None:
        return value
    return f"cast(coalesce({value}, {column.default}) as {column.kind.storage}) as {value}"


def _plain(name: str) -> str:
    """The name of the fact that a text is an allowed code, or an identifier as it should be."""
    return f"plain {name}"


def _has(name: str) -> str:
    """The name of the condition that something was sent."""
    return quote(f"has {name}")


def _codes(column: Column) -> Sequence[str]:
    return sorted(CODES[column.code]) if column.code else column.allowed


def _is_one_of(text: str, codes: Sequence[str]) -> str:
    """The condition that a text is one of some codes; null where it is."""
    if len(codes) > _MOST_COMPARED:
        return f"regexp_full_match({text}, {literal('|'.join(map(re.escape, codes)))})"
    return f"{text} in ({', '.join(map(literal, codes))})"


def _is_identifier(column: Column, feed: Feed) -> bool:
    return column.kind is Kind.TEXT and (column.name.endswith("_id") or column.name in feed.key)


def _field(column: Column, feed: Feed, rows: Rows) -> _Field:
    # What no row has is not looked for in each.
    is_sent = not rows.fields or column.name in rows.fields
    delivered_type = rows.columns.get(column.name) if is_sent else None
    name, sent = quote(column.name), _has(column.name)
    if delivered_type is None:
        return _Field(f"cast(null as {column.kind.storage})", name, _NEVER)
    if delivered_type != "VARCHAR":
        return _Field(name, _from_typed(column.kind, name, delivered_type), sent)
    if column.kind is Kind.TEXT:
        return _text_field(column, feed, rows)
    value, facts = _read_text(column.kind, name), {}
    if column.kind is Kind.TIMESTAMP:
        # Most times are written as DuckDB writes them, which is cheaper to see than to match.
        usual = f"usual {column.name}"
        facts[usual] = f"case when contains({name}, ' ') then try_cast({name} as TIMESTAMP) end"
        value = f"case when cast({quote(usual)} as VARCHAR) = {name} then {quote(usual)} else {value} end"
    return _Field(_without_words(name), value, sent, facts)


def _text_field(column: Column, feed: Feed, rows: Rows) -> _Field:
    name, plain, nested = quote(column.name), _plain(column.name), f"nested {column.name}"
    value, sent = cleaned_text(name), f"{name} is not null"
    facts = {}
    if codes := _codes(column):
        facts[plain] = _is_one_of(name, codes)
    elif _is_identifier(column, feed):
        facts[plain] = _is_plain_identifier(name)
    if facts:
        value = f"case when {quote(plain)} then {name} else {_trimmed(name, _NOTHING)} end"
    if column.name in rows.nested:
        facts[nested] = rows.nested[column.name]
        value, sent = f"case when not {quote(nested)} then {value} end", f"({quote(nested)} or {sent})"
    return _Field(name, value, sent, facts)


def _is_plain_identifier(name: str) -> str:
    """The condition that a text has only printable characters of ASCII, no space around it, and is no such word."""
    # Bytes are shown with everything else than these characters escaped, which makes them longer.
    is_printable = f"strlen(cast(encode({name}) as VARCHAR)) = strlen({name})"
    is_plain = f"{name} >= '!' and {_is_no_word(name)} and not ends_with({name}, ' ') and {is_printable}"
    is_plain += f" and not contains({name}, 'E+')"
    # An AND that is no condition is computed whole for every row.
    return f"case when {is_plain} then true else false end"


def cleaned_text(name: str) -> str:
    """A text without space around it; null where that leaves nothing or a word for nothing."""
    return f"case when {_is_plain_text(name)} then {name} else {_trimmed(name, _NOTHING)} end"


def _is_plain_text(name: str) -> str:
    # Nearly all texts begin and end with a plain character, which is cheaper to see than to trim. The trimmed text is
    # written once: what is written twice, DuckDB computes for every row.
    return f"{name} between '!' and '~' and {name}[-1] between '!' and '~' and {_is_no_word(name)}"


def _is_no_word(name: str) -> str:
    return f"(strlen({name}) > {_LONGEST_WORD} or {name} not in ({_WORDS}))"


def _trimmed(name: str, nothing: str) -> str:
    """A text without space around it, null where it is all ``nothing``."""
    return (
        f"case when not regexp_full_match({name}, {literal(nothing)}) "
        f"then regexp_replace({name}, {literal(_EDGES)}, '', 'g') end"
    )


def _without_words(name: str) -> str:
    """A text to read a value from, as ``cleaned_text`` gives it; but NaN stays, since a number was meant.

    Numbers and times begin with what is less than a letter; space after one is left to ``_read_text``.
    """
    return f"""case when {name} between '*' and ':' then {name}
        when {_is_plain_text(name)} then {name} else {_trimmed(name, _NOTHING_BUT_NAN)} end"""


def _read_text(kind: Kind, text: str) -> str:
    """The value of a text, which is looked at without space around it where it cannot be read as it stands."""
    return f"coalesce({_from_text(kind, text)}, {_from_text(kind, _trimmed(text, _NOTHING_BUT_NAN))})"


def _from_text(kind: Kind, text: str) -> str:
    match kind:
        case Kind.TEXT:
            return text
        case Kind.TIMESTAMP:
            # Small letters, a space before the offset, the basic form and a comma are as good, but rare.
            plain = f"upper({text})"
            for written, read in _RARE_TEXTS:
                plain = f"regexp_replace({plain}, {literal(written)}, {literal(read)})"
            return f"""case
                when regexp_full_match({text}, '{_UTC_TEXT}') then try_cast({text} as TIMESTAMP)
                when regexp_full_match({text}, '{_TIMESTAMP_TEXT}')
                    then try_cast({text} as TIMESTAMPTZ) at time zone 'UTC'
                when regexp_full_match({text}, '{_EPOCH_MILLISECONDS_TEXT}')
                    then make_timestamp(try_cast({text} as BIGINT) * 1000)
                when regexp_full_match({plain}, '{_TIMESTAMP_TEXT}')
                    then try_cast({plain} as TIMESTAMPTZ) at time zone 'UTC' end"""
        case Kind.DATE:
            return f"case when regexp_full_match({text}, '{_DATE_TEXT}') then try_cast({text}[:10] as DATE) end"
        case Kind.MONEY:
            return _matched(text, _MONEY_TEXT, kind)
        case Kind.RATE:
            return _matched(text, _NUMBER_TEXT, kind)
        case Kind.NUMBER:
            return _matched(text, _NUMBER_TEXT, kind)
        case Kind.INTEGER:
            return _matched(text, _INTEGER_TEXT, kind)
        case Kind.BOOLEAN:
            true, false = (", ".join(literal(word) for word in words) for words in (YES, NO))
            return f"case when lower({text}) in ({true}) then true when lower({text}) in ({false}) then false end"
        case Kind.JSON:
            return f"case when json_valid({text}) then cast(json({text}) as VARCHAR) end"


def _matched(text: str, pattern: str, kind: Kind) -> str:
    return f"case when regexp_full_match({text}, '{pattern}') then try_cast({text} as {kind.storage}) end"


def _from_typed(kind: Kind, name: str, delivered_type: str) -> str:
    """The value of a typed Parquet column: cast where nothing can be lost, otherwise read as text."""
    exact = {
        Kind.TIMESTAMP: ("TIMESTAMP", "TIMESTAMP_MS", "TIMESTAMP_S"),
        Kind.DATE: ("DATE",),
        Kind.NUMBER: ("DOUBLE", *_WHOLE_TYPES),
        Kind.INTEGER: _WHOLE_TYPES,
        Kind.MONEY: (
            *_WHOLE_TYPES,
            *(f"DECIMAL({width},{scale})" for scale in range(5) for width in range(1, 19)),
        ),
        Kind.BOOLEAN: ("BOOLEAN",),
    }
    if delivered_type in exact.get(kind, ()):
        value = f"try_cast({name} as {kind.storage})"
        return f"case when isfinite({name}) then {value} end" if kind in {Kind.TIMESTAMP, Kind.NUMBER} else value
    if kind is Kind.TIMESTAMP and delivered_type == "TIMESTAMP_NS":
        # A cast would round; text with as many digits is cut off.
        return f"case when isfinite({name}) then make_timestamp(epoch_ns({name}) // 1000) end"
    if kind is Kind.TIMESTAMP and delivered_type == "TIMESTAMP WITH TIME ZONE":
        return f"case when isfinite({name}) then {name} at time zone 'UTC' end"
    if kind is Kind.JSON:
        return f"cast(to_json({name}) as VARCHAR)"
    if kind is Kind.TEXT:
        return _text_from_typed(name, delivered_type)
    return _from_text(kind, f"cast({name} as VARCHAR)")


def _text_from_typed(name: str, delivered_type: str) -> str:
    """The text of a typed column where it is exact; a float is none, since a missing value made 123 of it 123.0."""
    if delivered_type in {"FLOAT", "DOUBLE"} or (
        delivered_type.endswith(("]", ")")) and "DECIMAL" not in delivered_type
    ):
        return "cast(null as VARCHAR)"
    if delivered_type == "BLOB":
        return cleaned_text(f"try(decode({name}))")
    if delivered_type.startswith("DECIMAL") and not delivered_type.endswith(",0)"):
        return "cast(null as VARCHAR)"
    return cleaned_text(f"cast({name} as VARCHAR)")


def _extra(feed: Feed, rows: Rows) -> str:
    """The unknown fields of a row that have a value, as one JSON object; null when there are none."""
    return f"cast(nullif({rows.unknown(feed.column_names)}, '{{}}') as VARCHAR)"
