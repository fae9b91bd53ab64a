"""A mapping file as a source: its rules as SQL over the rows of its files.

Belongs here: from rules to selects, conditions and reasons. Does not belong here: what a file may say
(``mapping_rules``), how a value is read (``mapping_values``), where mappings are kept (``mapping_file``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Kind
from pipelines.lake.dialects import Declared
from pipelines.lake.sql import json_pointer, literal, quote
from pipelines.sources import mapping_values
from pipelines.sources.base import Source
from pipelines.sources.mapping_expressions import checked_expression, sent_as
from pipelines.sources.mapping_rules import Event, Files, MappingFile, NumberForm, Rule, is_column

PREFIX = "migration-"
_COMMA = NumberForm(decimal=",", group=".")
_SUM = {Kind.INTEGER: "BIGINT"}


def source_of_mapping(mapping: MappingFile, version: str = "") -> Source:
    """The source that a mapping describes, called ``migration-<name>``."""
    told = [_Told(event, mapping.files) for event in mapping.told]
    feeds = tuple(dict.fromkeys(str(event.feed) for event in mapping.told))
    needed = [(f"not has_{sent_as(name)}", f"missing_column:{name}") for name in mapping.needed_columns]
    failures = [failure for event in told for failure in event.failures()]
    by = [told[0].value(name) for name in mapping.sum_by]
    if mapping.sum_by:
        failures += list(_not_summable(told[0], mapping))
    return Source(
        name=PREFIX + mapping.name,
        title=f"Mapping {mapping.name} to {', '.join(feeds)}",
        cannot_know="Everything that its mapping file does not name.",
        # Rows are read as objects, since a column may have any name: a table has the names of identifiers only.
        parsed=_parsed(mapping),
        mappings={feed: _select(feed, told, mapping) for feed in feeds},
        rejections=(*needed, *failures),
        files=Declared(mapping.files.delimiter, mapping.files.encoding, mapping.files.skip_rows, mapping.files.sheet),
        columns_read=mapping.source_columns,
        must_have=mapping.condition_columns,
        left_out=None
        if any(not event.conditions for event in told)
        else " and ".join(f"not coalesce({event.condition()}, false)" for event in told),
        grouped_by=f"file_number, {', '.join(by)}" if by else None,
        version=version,
    )


def _parsed(mapping: MappingFile) -> str:
    """The select of the texts that are read and the types of their JSON, from one look at each document."""
    names = mapping.source_columns
    paths: list[str] = []
    texts: list[str] = []
    kinds: list[str] = []
    for name in names:
        places = _places(name)
        found = [f"nullif(trim(fields[{len(paths) + number}]), '')" for number in range(1, len(places) + 1)]
        types = [f"kinds[{len(paths) + number}]" for number in range(1, len(places) + 1)]
        paths += places
        texts.append(f"coalesce({', '.join(found)}) as {sent_as(name)}")
        kinds.append(f"coalesce({', '.join(types)}) in ('DOUBLE', 'OBJECT', 'ARRAY') as untextual_{sent_as(name)}")
    listed = ", ".join(paths)
    found_in_file = "".join(
        f", count({sent_as(name)}) over (partition by file_number) > 0 as has_{sent_as(name)}"
        for name in mapping.needed_columns
    )
    return (
        f"select *{found_in_file} from (select * exclude (fields, kinds), {', '.join([*texts, *kinds])} from ("
        f"select *, json_extract_string(payload, [{listed}]) as fields, json_type(payload, [{listed}]) as kinds "
        "from payloads))"
    )


def _places(name: str) -> list[str]:
    """Where a column may be in an object: under its name, or where its name leads as a path."""
    places = [json_pointer(name)]
    if name.startswith("$"):
        return [literal(name)]
    if re.fullmatch(r"[\w-]+(\[\d+\])*(\.[\w-]+(\[\d+\])*)*", name) and re.search(r"[.\[]", name):
        steps = re.sub(r"(^|\.)([\w-]+)", r'."\2"', name)
        places.append(literal(f"${steps}"))
    elif re.fullmatch(r"/?[^/]+(/[^/]+)+", name):
        places.append(literal("/" + name.lstrip("/")))
    return places


class _Told:
    """What a row may tell, as SQL over ``delivered``."""

    def __init__(self, event: Event, files: Files) -> None:
        self.event = event
        self.files = files
        self.conditions = list(self._conditions())

    def _conditions(self) -> Iterator[str]:
        if self.event.where:
            yield f"{self._failing(self.event.where)}[1]"
        yield from (f"{self._sent(name, ())} is not null" for name in self.event.only_with)
        for name in FEEDS[str(self.event.feed)].required_names:
            rule = self.event.columns[name]
            if rule.optional and rule.default is None:
                yield f"({self._text(rule)}) is not null"

    def condition(self) -> str:
        """The condition that the row tells this."""
        return " and ".join(f"({one})" for one in self.conditions) or "true"

    def select(self) -> str:
        """The rows that are told, by the columns of their feed."""
        values = ", ".join(f"{self.value(name)} as {quote(name)}" for name in self.event.columns)
        return f"select file_number, row_number, {values} from delivered where coalesce({self.condition()}, false)"

    def value(self, name: str) -> str:
        """The value of a canonical column; null when there is nothing, or it cannot be read."""
        rule = self.event.columns[name]
        value = self._read(rule)
        return f"coalesce(cast({value} as VARCHAR), {literal(rule.default)})" if rule.default is not None else value

    def failures(self) -> Iterator[tuple[str, str]]:
        """Conditions of rows that have something to read which cannot be read, with their reasons."""
        told = f"coalesce({self.condition()}, false)"
        if self.event.where:
            yield f"{self._failing(self.event.where)} is null", "invalid:where"
        feed = FEEDS[str(self.event.feed)]
        for name, rule in self.event.columns.items():
            if rule.sql is not None:
                yield f"{told} and {self._failing(rule.sql)} is null", f"invalid:{name}"
            if feed.column(name).kind is Kind.TEXT and rule.sql is None and not rule.is_time:
                # A float is no exact text: 123 with a missing neighbour came as 123.0. What is nested is none either.
                untextual = " or ".join(
                    f"coalesce(untextual_{sent_as(column)}, false)" for column in rule.source_columns
                )
                if untextual:
                    yield f"{told} and ({untextual})", f"invalid:{name}"
            can_fail = rule.is_time or rule.is_number or rule.values
            if can_fail and rule.default is None:
                yield f"{told} and ({self._read(rule)}) is null and ({self._text(rule)}) is not null", f"invalid:{name}"

    def _failing(self, expression: str) -> str:
        """The value of an expression in a list, which is null where computing it fails and else never."""
        sql, columns = checked_expression(expression)
        for column in columns:
            sql = sql.replace(f'"{sent_as(column)}"', f"({self._sent(column, ())})")
        return f"try([{sql}])"

    def _sent(self, name: str, nothing: tuple[str, ...]) -> str:
        words = ", ".join(literal(word) for word in (*self.files.nothing, *nothing))
        text = sent_as(name)
        return f"case when {text} not in ({words}) then {text} end" if words else text

    def _text(self, rule: Rule) -> str:
        if rule.column is not None:
            text = self._sent(rule.column, rule.nothing)
        elif rule.constant is not None:
            text = literal(rule.constant)
        elif rule.sql is not None:
            text = f"{self._failing(rule.sql)}[1]"
            if rule.nothing:
                words = ", ".join(literal(word) for word in rule.nothing)
                text = f"case when cast({text} as VARCHAR) not in ({words}) then {text} end"
        else:
            # Of an id with a part missing nothing is left: null makes the whole text null.
            parts = (
                f"({self._sent(part[1:-1], rule.nothing)})" if is_column(part) else literal(part)
                for part in rule.concat
            )
            text = "(" + " || ".join(parts) + ")"
        return f"upper({text})" if rule.upper else text

    def _read(self, rule: Rule) -> str:
        text = self._text(rule)
        if rule.sql is not None and (rule.is_number or rule.values or rule.date_format or rule.epoch):
            text = f"cast({text} as VARCHAR)"
        if rule.values:
            pairs = ", ".join(f"{literal(key)}: {literal(value)}" for key, value in rule.values.items())
            text = f"map_extract_value(map {{{pairs}}}, {text})"
        if rule.is_time:
            return self._time(rule, text)
        return self._number(rule, text) if rule.is_number else text

    def _time(self, rule: Rule, text: str) -> str:
        is_typed = rule.sql is not None and not (rule.date_format or rule.epoch or rule.time_zone)
        value = (
            text
            if is_typed
            else mapping_values.time(
                f"cast({text} as VARCHAR)",
                date_format=rule.date_format,
                epoch=rule.epoch,
                zone=rule.time_zone,
                ambiguous=rule.ambiguous,
            )
        )
        return mapping_values.day(value, rule.date if isinstance(rule.date, str) else None) if rule.date else value

    def _number(self, rule: Rule, text: str) -> str:
        form = _COMMA if rule.decimal_comma else rule.number
        if form:
            text = mapping_values.number(text, decimal=form.decimal, group=form.group, strip=form.strip)
        if rule.minor_units or rule.divide_by_100:
            currency = self.value("currency") if "currency" in self.event.columns else None
            if rule.minor_units:
                text = mapping_values.of_minor_units(text, str(currency))
            else:
                text = mapping_values.of_hundredths(text, currency)
        return text if rule.round is None else mapping_values.rounded(text, rule.round)


def _select(feed: str, told: list[_Told], mapping: MappingFile) -> Callable[[str], str]:
    selects = [event.select() for event in told if event.event.feed == feed]
    together = " union all by name ".join(f"({select})" for select in selects)
    if mapping.sum_by:
        by = ", ".join(quote(name) for name in mapping.sum_by)
        sums = "".join(
            f", cast(sum({_addend(feed, name)}) as VARCHAR) as {quote(name)}"
            for name in mapping.columns
            if name not in mapping.sum_by
        )
        together = (
            f"select file_number, min(row_number) as row_number, {by}{sums} from ({together}) "
            f"group by file_number, {by}"
        )
    return lambda _: together


def _addend(feed: str, name: str) -> str:
    return f"try_cast({quote(name)} as {_SUM.get(FEEDS[feed].column(name).kind, 'DECIMAL(28,6)')})"


def _not_summable(told: _Told, mapping: MappingFile) -> Iterator[tuple[str, str]]:
    for name in mapping.columns:
        value = told.value(name)
        if name in mapping.sum_by:
            yield f"({value}) is null", f"missing:{name}"
        else:
            kind = _SUM.get(FEEDS[mapping.feed].column(name).kind, "DECIMAL(28,6)")
            yield f"({value}) is not null and try_cast({value} as {kind}) is null", f"invalid:{name}"
