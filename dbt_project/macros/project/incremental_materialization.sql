{#-
    A table that is kept up to date on DuckDB; see table_materialization.sql. In a build that continues another its hooks
    have deleted the rows of what is affected, and one statement adds them anew: dbt-duckdb's materialization fills a
    temporary table and asks four times for columns. The columns are those that are there, since another project
    continues nothing (pipelines.warehouse.continuation), and check_declared_rules compares them with the contract. A model
    with the strategy insert_overwrite gives every row again, as on Spark.
-#}
{% materialization incremental, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target_relation = this.incorporate(type="table") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {% call statement("main") -%}
        {%- if is_incremental() and config.get("incremental_strategy") != "insert_overwrite" -%}
            insert into {{ target_relation }} by name (
                {{ compiled_code }}
            )
        {%- else -%}
            create or replace table {{ target_relation }} as (
                {{ compiled_code }}
            )
        {%- endif -%}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}
