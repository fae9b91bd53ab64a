"""What the published tables and their columns mean, in the words of the warehouse.

Belongs here: the table ``ops.glossary``, one row a table (column_name is null) and one a column.
Does not belong here: words that only the app has (``app.definitions``).
"""

from __future__ import annotations

import polars as pl

from app.queries.rows import select
from app.queries.snapshot import tables

TABLE = "ops.glossary"


def entries(file: str, search: str) -> pl.DataFrame:
    """Tables and their columns in the order of the table; all of a table where ``search`` meets its own name or words.

    Empty where the snapshot carries no descriptions. A table's own row has no column_name and is its first.
    """
    if TABLE not in tables(file):
        return pl.DataFrame(schema=dict.fromkeys(("table_name", "column_name", "data_type", "description"), pl.String))
    return select(
        file,
        """
        with named as (
            select glossary.schema_name || '.' || glossary.table_name as table_name, glossary.column_name,
                glossary.data_type, glossary.description, coalesce(columns.ordinal_position, 0) as position
            from ops.glossary as glossary left join information_schema.columns as columns
                on columns.table_schema = glossary.schema_name and columns.table_name = glossary.table_name
                and columns.column_name = glossary.column_name
        ),
        found as (
            select table_name, column_name,
                contains(lower(concat_ws(' ', table_name, column_name, description)), lower($search)) as is_found
            from named
        )
        select table_name, column_name, data_type, description from named
        where table_name in (select table_name from found where is_found and column_name is null)
            or (table_name in (select table_name from found where is_found) and (
                column_name is null
                or (table_name, column_name) in (select (table_name, column_name) from found where is_found)))
        order by table_name, column_name is not null, position, column_name
        """,
        (("search", search),),
    )


def column_descriptions(file: str, table: str) -> dict[str, str]:
    """The description of each column of a table (schema.table); empty where the snapshot carries none."""
    if TABLE not in tables(file):
        return {}
    rows = select(
        file,
        "select column_name, description from ops.glossary "
        "where schema_name || '.' || table_name = $name and column_name is not null and description is not null",
        (("name", table),),
    )
    return dict(rows.iter_rows())


def descriptions(file: str) -> dict[str, str]:
    """The description of each column that means the same in every table that has it."""
    if TABLE not in tables(file):
        return {}
    rows = select(
        file,
        "select column_name, any_value(description) as description from ops.glossary "
        "where column_name is not null and description is not null "
        "group by column_name having count(distinct description) = 1",
    )
    return dict(rows.iter_rows())


def variants(file: str) -> pl.DataFrame:
    """metric, month, title, variant_value, gap, formula: each definition in the newest complete month; may be empty."""
    if "conventions.fct_metric_variants" not in tables(file):
        kinds = dict.fromkeys(("metric", "title", "formula"), pl.String)
        return pl.DataFrame(schema={**kinds, "month": pl.Date, "variant_value": pl.Float64, "gap": pl.Float64})
    return select(
        file,
        """
        select variants.metric, variants.month, registry.title, variants.variant_value, variants.gap, registry.formula
        from conventions.fct_metric_variants as variants
        inner join conventions.dim_conventions as registry
            on variants.convention = registry.convention and variants.metric = registry.metric
        where variants.month = (select max(month) from conventions.fct_metric_variants where is_complete)
        order by registry.convention_number
        """,
    )


def as_example(rows: pl.DataFrame, *, is_money: bool) -> pl.DataFrame:
    """The rows of one metric of ``variants`` under names by which tables know money from shares."""
    value, gap = ("value_mrr", "gap_mrr") if is_money else ("value_rate", "gap_rate")
    return rows.select("title", pl.col("variant_value").alias(value), pl.col("gap").alias(gap), "formula")
