"""What a mapping file may say, and one sentence for each mistake in it.

Belongs here: the entries of a mapping file and its rules. Does not belong here: how values are read
(``mapping_values``), SQL expressions (``mapping_expressions``), what a mapping is as a source (``mapping_source``).
"""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

import duckdb
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Kind
from pipelines.sources.mapping_expressions import checked_expression

_NUMERIC = {Kind.INTEGER, Kind.NUMBER, Kind.MONEY, Kind.RATE}
_ZONES = available_timezones()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberForm(_Strict):
    """How numbers are written: 1.234,50 has the decimal separator "," and the group separator "."."""

    decimal: Literal[".", ","] = "."
    group: Literal["", ".", ",", " ", "'", "\u2019"] = ""
    strip: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _two_separators(self) -> Self:
        if self.decimal == self.group:
            raise ValueError("decimal and group are the same sign: give two")
        return self


class Rule(_Strict):
    """How one canonical column is made of a row's columns.

    Exactly one of ``column``, ``constant``, ``concat`` and ``sql`` gives the text; then, in this order, ``nothing``
    takes words out, ``upper`` makes capitals, ``values`` replaces codes (a text that is not in it has no value), a time
    is read (``date_format``, ``epoch``, ``time_zone``, ``date``) or a number (``number``, ``decimal_comma``,
    ``minor_units``, ``divide_by_100``, ``round``), and ``default`` stands in where there is nothing. A file in which no
    row has anything in a column that is read here is refused, since its name may be mistyped, unless it has a default
    or is ``optional``. A row that has nothing for a required column which is ``optional`` tells nothing.
    """

    column: str | None = Field(default=None, min_length=1)
    constant: str | None = None
    concat: tuple[str, ...] = ()
    sql: str | None = Field(default=None, min_length=1)
    nothing: tuple[str, ...] = ()
    upper: bool = False
    values: dict[str, str] = Field(default_factory=dict)
    date_format: str | None = Field(default=None, min_length=1)
    epoch: Literal["seconds", "milliseconds", "microseconds", "nanoseconds", "excel"] | None = None
    time_zone: str | None = None
    ambiguous: Literal["refuse", "earlier", "later"] = "refuse"
    date: bool | str = False
    number: NumberForm | None = None
    decimal_comma: bool = False
    minor_units: bool = False
    divide_by_100: bool = False
    round: int | None = Field(default=None, ge=0, le=4)
    default: str | None = None
    optional: bool = False

    @field_validator("concat")
    @classmethod
    def _whole_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            if not is_column(part) and re.search("[{}]", part):
                raise ValueError(f"{part!r} is neither a text nor a column: a column stands alone, as '{{NAME}}'")
        if value and not any(is_column(part) for part in value):
            raise ValueError("it reads no column, so every row would get the same: put columns in braces, '{NAME}'")
        return value

    @field_validator("sql")
    @classmethod
    def _allowed_sql(cls, value: str | None) -> str | None:
        if value is not None:
            checked_expression(value)
        return value

    @field_validator("date_format")
    @classmethod
    def _known_date_format(cls, value: str | None) -> str | None:
        if value is None or value == "%s":
            return value
        if "%" not in value:
            raise ValueError(f"{value!r} has no letter of strptime: write it like %d.%m.%Y")
        if "%Z" in value and not value.endswith("%Z"):
            raise ValueError(f"{value!r} has a zone before its end: only a zone at the end can be read")
        try:
            with duckdb.connect() as connection:
                connection.execute("select try_strptime('', $1)", [value])
        except duckdb.InvalidInputException as error:
            raise ValueError(
                f"{value!r} is no format of strptime ({str(error).rpartition(': ')[2]}): correct it"
            ) from error
        return value

    @field_validator("time_zone", "date")
    @classmethod
    def _known_zone(cls, value: str | bool | None) -> str | bool | None:
        if value in {"true", "false"}:
            return value == "true"
        if isinstance(value, str) and value not in _ZONES:
            raise ValueError(f"{value!r} is no time zone: name one such as Europe/Berlin")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        origins = (self.column, self.constant, self.concat or None, self.sql)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("name exactly one of column, constant, concat and sql")
        forms = {"number": self.number, "decimal_comma": self.decimal_comma}
        if all(forms.values()):
            raise ValueError("number and decimal_comma both say how numbers are written: give one")
        if self.minor_units and self.divide_by_100:
            raise ValueError("minor_units and divide_by_100 both make major units: give one")
        if self.date_format and self.epoch:
            raise ValueError("date_format and epoch both say how times are written: give one")
        if self.time_zone and self.date_format and re.search("%[zZ]", self.date_format):
            raise ValueError("date_format reads the zone from the text: leave out time_zone")
        if self.is_time and self.is_number:
            raise ValueError("it is read as a time and as a number: give the operations of one")
        return self

    @property
    def is_time(self) -> bool:
        """Whether a time is read."""
        return bool(self.date_format or self.epoch or self.time_zone or self.date)

    @property
    def is_number(self) -> bool:
        """Whether a number is read."""
        return bool(
            self.number or self.decimal_comma or self.minor_units or self.divide_by_100 or self.round is not None
        )

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns of the file that this reads: in ``concat`` those in braces."""
        if self.column is not None:
            return (self.column,)
        if self.sql is not None:
            return checked_expression(self.sql)[1]
        return tuple(part[1:-1] for part in self.concat if is_column(part))


def spelled_out(value: Any) -> Any:
    """Rules of which a plain text stands for the column that it names."""
    if not isinstance(value, dict):
        raise ValueError("must be a list of entries like customer_id: Client")  # noqa: TRY004 - pydantic's way
    return {name: {"column": rule} if isinstance(rule, str) else rule for name, rule in value.items()}


def _allowed_condition(value: str | None) -> str | None:
    if value is not None:
        checked_expression(value, is_condition=True)
    return value


Columns = Annotated[dict[str, Rule], BeforeValidator(spelled_out)]
Condition = Annotated[str | None, AfterValidator(_allowed_condition)]


class Files(_Strict):
    """How the files are written, where that is not found by itself; ``nothing`` are words for nothing in any column."""

    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    encoding: str | None = None
    skip_rows: int = Field(default=0, ge=0)
    sheet: str | None = None
    nothing: tuple[str, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return codecs.lookup(value).name
        except LookupError as error:
            raise ValueError(f"{value!r} is no encoding: name one such as windows-1252 or utf-16") from error


class Event(_Strict):
    """What one row tells: a row of a feed, if the condition ``where`` holds and ``only_with`` has something."""

    feed: str | None = None
    where: Condition = None
    only_with: tuple[str, ...] = ()
    columns: Columns = Field(default_factory=dict)

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns of a file that are read, each once."""
        of_rules = (name for rule in self.columns.values() for name in rule.source_columns)
        return tuple(dict.fromkeys([*of_rules, *self.condition_columns]))

    @property
    def condition_columns(self) -> tuple[str, ...]:
        """The columns that only have to be there, be they empty in every row."""
        of_where = checked_expression(self.where, is_condition=True)[1] if self.where else ()
        of_rules = (
            name
            for rule in self.columns.values()
            if rule.sql and not rule.optional and rule.default is None
            for name in rule.source_columns
        )
        return tuple(dict.fromkeys([*of_where, *self.only_with, *of_rules]))

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Those in which a file must have something in at least one row."""
        needing = [r for r in self.columns.values() if r.default is None and not r.optional and r.sql is None]
        return tuple(dict.fromkeys(name for rule in needing for name in rule.source_columns))


class MappingFile(_Strict):
    """A mapping file: its name, the feed it fills, and a rule for each column; a plain text names a column.

    With ``events`` a row may tell several things: each has the ``columns`` of the file beside its own, and may fill a
    feed of its own. ``sum_by`` makes one row of those that have the same values there, within a file.
    """

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,49}$")
    feed: str
    files: Files = Files()
    where: Condition = None
    only_with: tuple[str, ...] = ()
    columns: Columns = Field(default_factory=dict)
    events: tuple[Event, ...] = ()
    sum_by: tuple[str, ...] = ()

    @field_validator("feed")
    @classmethod
    def _known_feed(cls, value: str) -> str:
        if value not in FEEDS:
            raise ValueError(f"{value!r} is no feed: choose one of {', '.join(FEEDS)}")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for event in self.told:
            _require_complete(event)
        if not any(event.source_columns for event in self.told):
            raise ValueError("no column of the file is read: name at least one")
        if self.sum_by:
            self._require_summable()
        return self

    def _require_summable(self) -> None:
        if self.events:
            raise ValueError("sum_by goes with columns only: leave out events")
        feed = FEEDS[self.feed]
        absent = [name for name in self.sum_by if name not in self.columns]
        if absent:
            raise ValueError(f"sum_by names {absent[0]}, which is not under columns: add it there")
        for name in self.columns:
            if name not in self.sum_by and feed.column(name).kind not in _NUMERIC:
                raise ValueError(f"{name} is no number and cannot be summed: name it in sum_by, or leave it out")

    @property
    def told(self) -> tuple[Event, ...]:
        """Everything that a row may tell, each with all of its columns and conditions."""
        events = self.events or (Event(),)
        return tuple(
            Event(
                feed=event.feed or self.feed,
                where=" and ".join(f"({where})" for where in (self.where, event.where) if where) or None,
                only_with=tuple(dict.fromkeys([*self.only_with, *event.only_with])),
                columns={**self.columns, **event.columns},
            )
            for event in events
        )

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns of a file that are read, each once."""
        return tuple(dict.fromkeys(name for event in self.told for name in event.source_columns))

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Those in which a file must have something in at least one row."""
        return tuple(dict.fromkeys(name for event in self.told for name in event.needed_columns))

    @property
    def condition_columns(self) -> tuple[str, ...]:
        """Those that a file must have, be they empty."""
        return tuple(dict.fromkeys(name for event in self.told for name in event.condition_columns))


def is_column(part: str) -> bool:
    """Whether a part of a ``concat`` is a column in braces."""
    return re.fullmatch(r"\{[^{}]+\}", part) is not None


def _require_complete(event: Event) -> None:
    if event.feed not in FEEDS:
        raise ValueError(f"{event.feed!r} is no feed: choose one of {', '.join(FEEDS)}")
    feed = FEEDS[event.feed]
    unknown = sorted(set(event.columns) - set(feed.column_names))
    if unknown:
        raise ValueError(f"the feed {feed.name} has no column {unknown[0]!r}: it has {', '.join(feed.column_names)}")
    missing = [name for name in feed.required_names if name not in event.columns]
    if missing:
        raise ValueError(f"the feed {feed.name} needs the column {missing[0]}: add it under columns")
    if any(rule.minor_units for rule in event.columns.values()) and "currency" not in event.columns:
        raise ValueError("minor_units goes by the currency of the row: add currency under columns")


def first_mistake(content: dict[str, Any]) -> str | None:
    """What is wrong with the content of a mapping file and the remedy, as the end of a sentence; None when nothing."""
    try:
        MappingFile.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"])
        match problem["type"]:
            case "missing":
                return f"the entry {place} is missing: add it."
            case "extra_forbidden" if "columns" in problem["loc"]:
                return f"{place} is no operation: choose from {', '.join(Rule.model_fields)}."
            case "extra_forbidden":
                return f"{place} is no entry: there are {', '.join(MappingFile.model_fields)}."
            case "string_pattern_mismatch":
                return "name must be small letters, digits and hyphens, at most 50: choose such a one."
        reason = problem["msg"].removeprefix("Value error, ")
        return f"{place + ': ' if place else ''}{reason}."
    return None
