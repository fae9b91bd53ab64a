{#- A view on DuckDB, in one statement; see table_materialization.sql. -#}
{% materialization view, adapter="duckdb", supported_languages=["sql"] %}
    {%- set sql -%}
        create or replace view {{ this }} as (
            {{ compiled_code }}
        )
    {%- endset -%}
    {{ return(in_one_statement("view", sql)) }}
{% endmaterialization %}
