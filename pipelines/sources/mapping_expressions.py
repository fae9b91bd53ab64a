"""SQL expressions in mapping files: DuckDB's, parsed by sqlglot, and only what computes a value of one row.

Belongs here: what an expression may use, and the columns it reads. Does not belong here: rules (``mapping_rules``).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import duckdb
import sqlglot
from sqlglot import expressions as exp
from sqlglot.errors import SqlglotError

# What is allowed beside functions: values, operators, conditions and casts.
_NODES = (
    exp.Column,
    exp.Identifier,
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Binary,
    exp.Unary,
    exp.Between,
    exp.In,
    exp.Tuple,
    exp.Case,
    exp.If,
    exp.Cast,
    exp.DataType,
    exp.DataTypeParam,
    exp.Interval,
    exp.Var,
    exp.IntervalSpan,
    exp.AtTimeZone,
    exp.JSONPath,
    exp.JSONPathPart,
    exp.Bracket,
    exp.Slice,
    exp.Array,
)
_FUNCTIONS = {
    *("ABS", "CEIL", "CEILING", "FLOOR", "ROUND", "GREATEST", "LEAST", "SIGN", "TRUNC", "MOD"),
    *("COALESCE", "IFNULL", "NULLIF", "IF", "CONCAT", "CONCAT_WS", "LOWER", "UPPER", "TRIM", "LTRIM", "RTRIM"),
    *("SUBSTRING", "SUBSTR", "LEFT", "RIGHT", "LENGTH", "STRLEN", "REPLACE", "REVERSE", "LPAD", "RPAD", "PAD"),
    *("REPEAT", "SPLIT_PART", "STRPOS", "STR_POSITION", "POSITION", "INSTR", "STARTS_WITH", "ENDS_WITH", "SUFFIX"),
    *("PREFIX", "CONTAINS", "TRANSLATE", "SPLIT", "STRING_SPLIT", "LIST_EXTRACT", "ARRAY_EXTRACT"),
    *("REGEXP_MATCHES", "REGEXP_FULL_MATCH", "REGEXP_REPLACE", "REGEXP_EXTRACT", "REGEXP_LIKE", "REGEXP_I_LIKE"),
    *("STRPTIME", "TRY_STRPTIME", "STR_TO_TIME", "STRFTIME", "TIME_TO_STR", "DATE", "MAKE_DATE", "DATE_FROM_PARTS"),
    *("MAKE_TIMESTAMP", "EPOCH_MS", "TO_TIMESTAMP", "UNIX_TO_TIME", "EPOCH", "LAST_DAY"),
    *("DATE_TRUNC", "TIMESTAMP_TRUNC", "DATE_ADD", "DATE_SUB", "DATE_DIFF", "DATE_PART", "EXTRACT", "YEAR", "MONTH"),
    *("DAY", "TO_DAYS", "TO_MONTHS", "TO_YEARS", "TO_HOURS", "TO_MINUTES", "TO_SECONDS"),
    *("TRY_CAST", "CAST", "TRY", "MD5", "SHA256", "JSON_EXTRACT", "JSON_EXTRACT_STRING", "JSON_EXTRACT_SCALAR"),
    *("JSON_ARRAY_LENGTH", "JSON_TYPE", "JSON_VALID", "CASE", "ARRAY_LENGTH", "LEN", "LIST_CONTAINS"),
}


def sent_as(name: str) -> str:
    """The name by which ``delivered`` has a column of the file: any text may name a column, but not in SQL."""
    return "sent_" + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:16]


@lru_cache(maxsize=1000)
def checked_expression(text: str, *, is_condition: bool = False) -> tuple[str, tuple[str, ...]]:
    """An expression as SQL over ``delivered``, and the columns of the file that it reads.

    Raises ``ValueError``, the end of a sentence, when it is more than an expression over one row, or DuckDB refuses it.
    """
    try:
        parsed = sqlglot.parse(f"select {text}", dialect="duckdb")
    except SqlglotError as error:
        raise ValueError(f"{text!r} is no SQL expression ({str(error).splitlines()[0]})") from error
    select = parsed[0]
    if len(parsed) != 1 or not isinstance(select, exp.Select) or len(select.expressions) != 1:
        raise ValueError(f"{text!r} must be one SQL expression")
    others = [name for name, value in select.args.items() if value and name != "expressions"]
    tree = select.expressions[0]
    if others or isinstance(tree, exp.Alias):
        raise ValueError(f"{text!r} must be one SQL expression without {others[0] if others else 'a name'}")
    for node in tree.walk():
        _require_allowed(node)
    columns = tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))
    for column in list(tree.find_all(exp.Column)):
        column.replace(exp.column(exp.to_identifier(sent_as(column.name), quoted=True)))
        # The root itself is replaced by nobody.
    if isinstance(tree, exp.Column):
        tree = exp.column(exp.to_identifier(sent_as(columns[0]), quoted=True))
    sql = tree.sql(dialect="duckdb")
    _require_bound(text, sql, columns, is_condition=is_condition)
    return f"({sql})", columns


def _require_allowed(node: exp.Expression) -> None:
    if isinstance(node, exp.Column) and (node.table or not isinstance(node.this, exp.Identifier)):
        raise ValueError(f"{node.sql(dialect='duckdb')} is no column of the file: write its name in double quotes")
    if isinstance(node, exp.AggFunc | exp.Window | exp.Query | exp.Subquery | exp.Star | exp.Placeholder | exp.Lambda):
        shown = node.sql(dialect="duckdb")
        raise ValueError(f"{shown} is not allowed: an expression sees the columns of one row only")  # noqa: TRY004
    if isinstance(node, exp.Func) and not isinstance(node, _NODES):
        names = {node.name.upper()} if isinstance(node, exp.Anonymous) else {n.upper() for n in node.sql_names()}
        if not names & _FUNCTIONS:
            raise ValueError(
                f"the function {sorted(names)[0].lower()} is not allowed: docs/column-mapping.md lists those that are"
            )
    elif not isinstance(node, (*_NODES, exp.Func)):
        raise ValueError(f"{node.sql(dialect='duckdb')} is not allowed in an expression")  # noqa: TRY004


def _require_bound(text: str, sql: str, columns: tuple[str, ...], *, is_condition: bool) -> None:
    fields = ", ".join(f"cast(null as VARCHAR) as {sent_as(name)}" for name in columns) or "1 as nothing"
    try:
        with duckdb.connect() as connection:
            described = connection.execute(f"describe select {sql} as value from (select {fields})").fetchall()
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        for name in columns:
            problem = problem.replace(sent_as(name), name)
        raise ValueError(f"{text!r}: {problem}") from error
    if is_condition and described[0][1] != "BOOLEAN":
        raise ValueError(f"{text!r} is no condition: it must be true or false")
