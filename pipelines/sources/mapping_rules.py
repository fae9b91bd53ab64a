"""What a mapping file may say, and what each of its rules is in SQL.

Belongs here: the entries of a mapping file, the operations, one sentence for each mistake.
Does not belong here: reading or keeping the file (``mapping_file``), whether a value keeps the contract.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any, Self

import duckdb
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Feed

_OPERATIONS = (
    "column",
    "constant",
    "concat",
    "values",
    "date_format",
    "decimal_comma",
    "divide_by_100",
    "default",
    "optional",
)


class Rule(BaseModel):
    """How one canonical column is made of a row's columns.

    Exactly one of ``column``, ``constant`` and ``concat`` gives the text; then, in this order, ``values`` replaces
    codes (a text that is not in it has no value), ``date_format`` reads a time (strptime; it has no offset: UTC),
    ``decimal_comma`` turns 1.234,50 into 1234.50, ``divide_by_100`` turns minor into major units, and ``default``
    stands in where there is nothing at the start or after the replacement. A file in which no row has anything in a
    column that is read here is refused, since its name may be mistyped, unless it has a default or is ``optional``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str | None = Field(default=None, min_length=1)
    constant: str | None = None
    concat: tuple[str, ...] = ()
    values: dict[str, str] = Field(default_factory=dict)
    date_format: str | None = Field(default=None, min_length=1)
    decimal_comma: bool = False
    divide_by_100: bool = False
    default: str | None = None
    optional: bool = False

    @field_validator("concat")
    @classmethod
    def _whole_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            if not _is_column(part) and re.search("[{}]", part):
                raise ValueError(f"{part!r} is neither a text nor a column: a column stands alone, as '{{NAME}}'")
        if value and not any(_is_column(part) for part in value):
            raise ValueError("it reads no column, so every row would get the same: put columns in braces, '{NAME}'")
        return value

    @field_validator("date_format")
    @classmethod
    def _known_date_format(cls, value: str | None) -> str | None:
        if value is not None and "%" not in value:
            raise ValueError(f"{value!r} has no letter of strptime: write it like %d.%m.%Y")
        try:
            with duckdb.connect() as connection:
                connection.execute("select try_strptime('', $1)", [value])
        except duckdb.InvalidInputException as error:
            raise ValueError(
                f"{value!r} is no format of strptime ({str(error).rpartition(': ')[2]}): correct it"
            ) from error
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum(origin is not None for origin in (self.column, self.constant, self.concat or None)) != 1:
            raise ValueError("name exactly one of column, constant and concat")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns of the file that this reads: in ``concat`` those in braces."""
        if self.column is not None:
            return (self.column,)
        return tuple(part[1:-1] for part in self.concat if _is_column(part))

    def sql(self) -> str:
        """The value as an SQL expression over ``delivered``; null when there is nothing, or it cannot be read."""
        text = self._text()
        if self.values:
            pairs = ", ".join(f"{_literal(key)}: {_literal(value)}" for key, value in self.values.items())
            text = f"map_extract_value(map {{{pairs}}}, {text})"
        if self.date_format:
            text = f"try_strptime({text}, {_literal(self.date_format)})"
        if self.decimal_comma:
            text = f"replace(replace({text}, '.', ''), ',', '.')"
        if self.divide_by_100:
            text = f"cast(try_cast({text} as DECIMAL(18,2)) * 0.01 as DECIMAL(18,4))"
        if self.default is not None:
            text = f"coalesce(cast({text} as VARCHAR), {_literal(self.default)})"
        return text

    def given(self) -> str:
        """The condition that the file has something to read here, where reading it can fail; else nothing."""
        can_fail = self.date_format or self.divide_by_100 or self.values
        return f"({self._text()}) is not null" if can_fail and self.default is None else ""

    def _text(self) -> str:
        if self.column is not None:
            return f"nullif(trim({sent_as(self.column)}), '')"
        if self.constant is not None:
            return _literal(self.constant)
        # Of an id with a part missing nothing is left: null makes the whole text null.
        parts = (
            f"nullif(trim({sent_as(part[1:-1])}), '')" if _is_column(part) else _literal(part) for part in self.concat
        )
        return "(" + " || ".join(parts) + ")"


class MappingFile(BaseModel):
    """A mapping file: its name, the feed it fills, and a rule for each column; a plain text names a column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,49}$")
    feed: str
    columns: dict[str, Rule]

    @field_validator("feed")
    @classmethod
    def _known_feed(cls, value: str) -> str:
        if value not in FEEDS:
            raise ValueError(f"{value!r} is no feed: choose one of {', '.join(FEEDS)}")
        return value

    @field_validator("columns", mode="before")
    @classmethod
    def _spelled_out(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("must be a list of entries like customer_id: Client")  # noqa: TRY004 - pydantic's way
        return {name: {"column": rule} if isinstance(rule, str) else rule for name, rule in value.items()}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        feed: Feed = FEEDS[self.feed]
        unknown = sorted(set(self.columns) - set(feed.column_names))
        if unknown:
            raise ValueError(
                f"the feed {feed.name} has no column {unknown[0]!r}: it has {', '.join(feed.column_names)}"
            )
        missing = [name for name in feed.required_names if name not in self.columns]
        if missing:
            raise ValueError(f"the feed {feed.name} needs the column {missing[0]}: add it under columns")
        if not self.source_columns:
            raise ValueError("no column of the file is read: name at least one")
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns of a file that are read, each once."""
        return tuple(dict.fromkeys(name for rule in self.columns.values() for name in rule.source_columns))

    @property
    def needed_columns(self) -> tuple[str, ...]:
        """Those in which a file must have something in at least one row."""
        needing = [rule for rule in self.columns.values() if rule.default is None and not rule.optional]
        return tuple(dict.fromkeys(name for rule in needing for name in rule.source_columns))


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
            case "extra_forbidden" if len(problem["loc"]) > 1:
                return f"{place} is no operation: choose from {', '.join(_OPERATIONS)}."
            case "extra_forbidden":
                return f"{place} is no entry: there are name, feed and columns."
            case "string_pattern_mismatch":
                return "name must be small letters, digits and hyphens, at most 50: choose such a one."
        reason = problem["msg"].removeprefix("Value error, ")
        return f"{place + ': ' if place else ''}{reason}."
    return None


def _is_column(part: str) -> bool:
    return re.fullmatch(r"\{[^{}]+\}", part) is not None


def sent_as(name: str) -> str:
    """The name by which ``delivered`` has a column of the file: any text may name a column, but not in SQL."""
    return "sent_" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:16]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
