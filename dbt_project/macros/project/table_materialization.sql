{#-
    A table on DuckDB, in one statement and one transaction. Takes the place of dbt-duckdb's materialization, which
    builds under another name, renames twice and drops: five statements for what `create or replace` does in one.
    tests/warehouse/test_materializations.py names what is overridden.
-#}
{% materialization table, adapter="duckdb", supported_languages=["sql"] %}
    {%- set sql -%}
        create or replace table {{ this }} as (
            {{ compiled_code }}
        )
    {%- endset -%}
    {{ return(in_one_statement("table", sql)) }}
{% endmaterialization %}
