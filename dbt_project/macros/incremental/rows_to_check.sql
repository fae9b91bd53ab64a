{#-
    The rows of a model that its rules are checked on: in a build that continues another, of a table that is kept up to
    date by key, those that could have changed.
-#}
{% macro rows_to_check(relation, where=none, kept_by=none) -%}
    {%- set conditions = [where] if where else [] -%}
    {%- if kept_by and churniq.is_incremental_build() -%}
        {%- do conditions.append(churniq.is_affected(kept_by)) -%}
    {%- endif -%}
    {%- if conditions -%}
        {%- do return("(select * from " ~ relation ~ " where " ~ conditions | join(" and ") ~ ") dbt_subquery") -%}
    {%- endif -%}
    {%- do return(relation) -%}
{%- endmacro %}
