"""A flat table of texts as features and a target: what is a number, what is a category, what is neither.

Belongs here: types from text, identifiers, what leaving means in a column. Does not belong here: reading files
(the caller does), estimators, the gate (``models.leakage``).
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.estimators import Booleans

MINIMUM_OF_EACH = 20
MISSING = "(missing)"
_MISSING_WORDS = {"", "na", "n/a", "#n/a", "null", "nan", "none", "nil", "?", "-", "--", ".", "\\n", "<na>"}
_LEFT_WORDS = {"yes", "y", "true", "t", "1", "churn", "churned", "churner", "left", "leaver", "exited", "lost"}
_LEFT_WORDS |= {"cancelled", "canceled", "gone", "attrited", "attrited customer", "leave", "inactive", "closed"}
_STAYED_WORDS = {"no", "n", "false", "f", "0", "-1", "stayed", "stay", "active", "retained", "existing", "current"}
_BARE_WORDS = {"yes", "no", "y", "n", "true", "false", "t", "f", "1", "0", "-1"}
# Under a name like these, yes says that somebody stayed.
_STAYING_NAMES = {"active", "retained", "retention", "stayed", "stays", "staying", "renewed", "renews", "loyal"}
_LEAVING_NAMES = {"churn", "churned", "churner", "left", "exited", "attrition", "cancelled", "canceled"}
_NUMBER_SHARE = 0.9
_IDENTIFIER_SHARE = 0.5
_CUSTOMER_KEYS = {"customer", "user", "subscriber", "member", "client", "account", "person", "household"}
_KEY_WORDS = {"id", "ids", "uuid", "guid", "key", "index", "row", "rownumber", "phone", "msisdn", "msno", "email"}
_FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    # Plain numbers; thousands told apart by commas; decimal commas. Currency signs and percent signs may stand around.
    (r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?inf(inity)?$", {}),
    (r"^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$", {",": ""}),
    (r"^[+-]?\d{1,3}(\.\d{3})*,\d+$|^[+-]?\d+,\d+$", {".": "", ",": "."}),
)


@dataclass(frozen=True)
class FlatTable:
    """Features (Float64 and String, none missing among the texts), who left, and what was done to get there."""

    features: pl.DataFrame
    churned: Booleans
    left_out: dict[str, str]
    notes: tuple[str, ...]
    suspects: pl.DataFrame
    """Every column but the target, identifiers included, typed: what the gate looks at."""


def read_table(table: pl.DataFrame, target: str) -> FlatTable:
    """Type a table of texts; raises ``ValueError`` with one sentence where nothing honest can be learnt from it."""
    name = _find(target, table.columns)
    if not table.height:
        raise ValueError("The table has a header and no rows: give it the customers.")
    outcome, note = _outcome(table[name], name)
    notes = [note] if note else []
    unknown = int(outcome.null_count())
    if unknown:
        notes.append(f"{unknown:,} rows have no value in {name} and are left out")
    rows = table.drop(name).filter(outcome.is_not_null())
    churned: Booleans = outcome.drop_nulls().to_numpy().astype(np.bool_)
    _require_both(churned, name)
    typed = pl.DataFrame({column: _typed(rows[column]) for column in rows.columns})
    for column in typed.columns:
        _require_one_row_a_customer(column, rows[column])
    left_out = {column: why for column in typed.columns if (why := _useless(column, typed[column]))}
    infinite = [column for column in typed.columns if typed[column].dtype != pl.String and _infinite(typed[column])]
    if infinite:
        notes.append(f"infinite values count as missing in {', '.join(infinite)}")
    features = typed.drop(left_out).with_columns(pl.col(pl.String).fill_null(MISSING))
    if not features.width:
        reasons = "; ".join(f"{column} {why}" for column, why in left_out.items()) or "there is no other column"
        raise ValueError(f"No column beside {name} can tell customers apart ({reasons}): add features.")
    return FlatTable(features, churned, left_out, tuple(notes), typed)


def _find(target: str, columns: list[str]) -> str:
    if target in columns:
        return target
    same = [column for column in columns if column.strip().lower() == target.strip().lower()]
    if len(same) == 1:
        return same[0]
    near = difflib.get_close_matches(target, columns, n=3, cutoff=0.5) or columns[:8]
    raise ValueError(f"There is no column {target}: choose one that is there, such as {', '.join(near)}.")


def _clean(column: pl.Series) -> pl.Series:
    """Texts without the space around them, null for every word that says missing."""
    text = column.cast(pl.String).str.strip_chars()
    return text.set(text.str.to_lowercase().is_in(list(_MISSING_WORDS)), None)


def _outcome(column: pl.Series, name: str) -> tuple[pl.Series, str | None]:
    """True for who left; with a sentence where the values did not say which of them means that."""
    text = _clean(column).str.to_lowercase()
    text = text.str.replace(r"^([+-]?\d+)\.0+$", "$1").str.strip_chars_end(".!")
    counts = text.drop_nulls().value_counts(sort=True)
    values = counts.to_series(0).to_list()
    if len(values) > 2:
        some = ", ".join(str(value)[:30] for value in values[:4])
        raise ValueError(
            f"The target {name} has {len(values):,} values ({some} ...): it takes two, such as yes and no."
        )
    if len(values) < 2:
        only = f"only the value {values[0]}" if values else "no values"
        raise ValueError(f"The target {name} has {only}: a model needs customers who left and customers who stayed.")
    left = [value for value in values if value in _LEFT_WORDS]
    if set(values) <= _BARE_WORDS and _says_who_stayed(name):
        stayed = next(value for value in values if value in _LEFT_WORDS)
        return text != stayed, f"{name} says who stayed: who left is who has not {stayed} there"
    stayed_words = [value for value in values if value in _STAYED_WORDS]
    if len(left) == 1:
        (other,) = set(values) - set(left)
        return text == left[0], None if stayed_words else f"{left[0]} in {name} counts as having left, {other} as not"
    if not left and len(stayed_words) == 1:
        return text != stayed_words[0], None
    rarer = min(values, key=lambda value: (counts.filter(pl.first() == value)["count"][0], str(value)))
    return text == rarer, f"{rarer}, the rarer value of {name}, counts as having left"


def _says_who_stayed(name: str) -> bool:
    """Whether yes under this name says that somebody stayed: active, retained, not churned."""
    words = set(_words(name))
    denied = bool(words & {"not", "non", "no"})
    return bool(words & _STAYING_NAMES) != (denied and bool(words & (_STAYING_NAMES | _LEAVING_NAMES)))


def _require_both(churned: Booleans, name: str) -> None:
    left, stayed = int(churned.sum()), int(churned.size - churned.sum())
    if min(left, stayed) < MINIMUM_OF_EACH:
        raise ValueError(
            f"By {name} {left:,} customers left and {stayed:,} stayed: "
            f"ten folds need at least {MINIMUM_OF_EACH} of each."
        )


def _typed(column: pl.Series) -> pl.Series:
    """Numbers where nearly all of what is known reads as one, dates as days, texts otherwise."""
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    if column.dtype.is_temporal():
        return column.cast(pl.Date, strict=False).cast(pl.Int32).cast(pl.Float64)
    text = _clean(column)
    known = text.drop_nulls()
    if known.is_empty():
        return text
    days = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if days.drop_nulls().len() >= _NUMBER_SHARE * known.len():
        return days.cast(pl.Int32).cast(pl.Float64)
    bare = text.str.strip_chars("$€£¥% ").str.to_lowercase()
    for form, replacements in _FORMS:
        if bare.str.contains(form).sum() >= _NUMBER_SHARE * known.len():
            for old, new in replacements.items():
                bare = bare.str.replace_all(old, new, literal=True)
            return bare.cast(pl.Float64, strict=False)
    return text


def _useless(name: str, column: pl.Series) -> str | None:
    known = column.drop_nulls()
    if known.is_empty():
        return "is empty"
    distinct = known.n_unique()
    if distinct == 1 and known.len() == column.len():
        return "has one value only"
    if column.dtype == pl.String:
        if distinct > 30 and distinct > _IDENTIFIER_SHARE * known.len():
            return "is an identifier or free text"
        return None
    if distinct == 1 and known.len() < MINIMUM_OF_EACH:
        return "has one value only"
    if not known.is_finite().all():
        return "has one value only" if known.filter(known.is_finite()).n_unique() == 0 else None
    if distinct == column.len() and (known == known.floor()).all():
        spans = float(known.max() or 0) - float(known.min() or 0) + 1  # type: ignore[arg-type]
        if spans == distinct or _is_key(name):
            return "is an identifier"
    return None


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _is_key(name: str) -> bool:
    words = _words(name)
    return bool(set(words) & _KEY_WORDS) or (bool(words) and words[-1].endswith("id"))


def _require_one_row_a_customer(name: str, column: pl.Series) -> None:
    """A customer on both sides of a random split is learnt by heart, and the test believes it."""
    joined = "".join(_words(name))
    if joined not in {
        "msno",
        *_CUSTOMER_KEYS,
        *(key + suffix for key in _CUSTOMER_KEYS for suffix in ("id", "key", "number")),
    }:
        return
    known = _clean(column).drop_nulls()
    repeated = known.len() - known.n_unique()
    if repeated and known.n_unique() > _IDENTIFIER_SHARE * known.len() / 2:
        raise ValueError(
            f"{repeated:,} rows repeat a customer by {name}: a random split would put the same customer on both "
            "sides; give one row a customer."
        )


def _infinite(column: pl.Series) -> bool:
    return bool(column.drop_nulls().is_infinite().any())
