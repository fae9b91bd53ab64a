{#-
    A table that is kept up to date on DuckDB; see table_materialization.sql. In a build that continues another its hooks
    have deleted the rows of what is affected, and one statement adds them anew: dbt-duckdb's materialization fills a
    temporary table and asks four times for columns. The columns are those that are there, since another project
    continues nothing (pipelines.warehouse.continuation), and check_declared_rules compares them with the contract. A model
    with the strategy insert_overwrite gives every row again, as on Spark; one with a unique key, as packages may have them,
    takes the place of the rows with its keys.
-#}
{% materialization incremental, adapter="duckdb", supported_languages=["sql"] %}
    {%- set target_relation = this.incorporate(type="table") -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing_relation is not none and not existing_relation.is_table -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {%- set unique_key = config.get("unique_key") -%}
    {%- set keys = ([unique_key] if unique_key is string else unique_key or []) | join(", ") -%}
    {% call statement("main") -%}
        {%- if not is_incremental() or config.get("incremental_strategy") == "insert_overwrite" -%}
            create or replace table {{ target_relation }} as (
                {{ compiled_code }}
            )
        {%- elif keys -%}
            create or replace temporary table {{ this.identifier }}__new as (
                {{ compiled_code }}
            );
            delete from {{ target_relation }} where ({{ keys }}) in (select ({{ keys }}) from {{ this.identifier }}__new);
            insert into {{ target_relation }} by name (from {{ this.identifier }}__new);
            drop table {{ this.identifier }}__new
        {%- else -%}
            insert into {{ target_relation }} by name (
                {{ compiled_code }}
            )
        {%- endif -%}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{% endmaterialization %}
