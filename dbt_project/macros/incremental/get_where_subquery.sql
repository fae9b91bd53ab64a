{#-
    What a generic test reads of a model (dbt's own macro by this name): in a build that continues another, of a table
    that is kept up to date by key, the rows that could have changed. All others passed before.
-#}
{% macro get_where_subquery(relation) -%}
    {{ return(churniq.rows_to_check(relation, config.get("where"))) }}
{%- endmacro %}
