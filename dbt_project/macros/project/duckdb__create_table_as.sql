{#-
    The rows of a model as a new table: what dbt's incremental materialization calls. dbt-duckdb's macro by this name
    asks for the columns of the query, creates the table, then runs the query a second time to fill it; here the contract
    is compared with the table that there is, by check_declared_rules.
-#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language="sql", partitioned_by=none, sorted_by=none) -%}
    create {{ "temporary" if temporary }} table {{ relation.include(database=not temporary, schema=not temporary) }} as (
        {{ compiled_code }}
    )
{%- endmacro %}
