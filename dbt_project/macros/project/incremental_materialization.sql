{#-
    A table that is kept up to date on DuckDB; see table_materialization.sql. In a build that continues another its hooks
    have deleted the rows of what is affected, and one statement adds them anew: dbt-duckdb's materialization fills a
    temporary table and asks four times for columns. The columns are those that are there, since another project
    continues nothing (pipelines.warehouse.continuation), and check_declared_rules compares them with the contract. A model
    with the strategy insert_overwrite gives every row again, as on Spark; one with a unique key, as packages may have them,
    takes the place of the rows with its keys.
-#}
{% materialization incremental, adapter="duckdb", supported_languages=["sql"] %}
    {%- set unique_key = config.get("unique_key") -%}
    {%- set keys = ([unique_key] if unique_key is string else unique_key or []) | join(", ") -%}
    {%- set sql -%}
        {%- if not is_incremental() or config.get("incremental_strategy") == "insert_overwrite" -%}
            create or replace table {{ this }} as (
                {{ compiled_code }}
            )
        {%- elif keys -%}
            create or replace temporary table {{ this.identifier }}__new as (
                {{ compiled_code }}
            );
            delete from {{ this }} where ({{ keys }}) in (select ({{ keys }}) from {{ this.identifier }}__new);
            insert into {{ this }} by name (from {{ this.identifier }}__new);
            drop table {{ this.identifier }}__new
        {%- else -%}
            insert into {{ this }} by name (
                {{ compiled_code }}
            )
        {%- endif -%}
    {%- endset -%}
    {{ return(in_one_statement("table", sql)) }}
{% endmaterialization %}
