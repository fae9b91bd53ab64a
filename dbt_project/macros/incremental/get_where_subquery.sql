{#-
    What a generic test reads of a model (dbt's own macro by this name): in a build that continues another, of a table
    that is kept up to date by key, the rows that could have changed. All others passed before.
-#}
{% macro get_where_subquery(relation) -%}
    {%- set models = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node["resource_type"] == "model" and node["name"] == relation.identifier -%}
            {%- do models.append(node) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set kept_by = models[0].config.meta.get("kept_by") if models else none -%}
    {{ return(churniq.rows_to_check(relation, config.get("where"), kept_by)) }}
{%- endmacro %}
