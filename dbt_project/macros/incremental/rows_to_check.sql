{% macro rows_to_check(relation, where=none) -%}
    {%- set conditions = [where] if where else [] -%}
    {%- if execute and churniq.is_incremental_build() -%}
        {%- for node in graph.nodes.values() if node.resource_type == "model" and node.name == relation.identifier -%}
            {%- if node.config.meta.get("kept_by") -%}
                {%- do conditions.append(churniq.is_affected(node.config.meta["kept_by"])) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if conditions -%}
        {%- do return("(select * from " ~ relation ~ " where " ~ conditions | join(" and ") ~ ") dbt_subquery") -%}
    {%- endif -%}
    {%- do return(relation) -%}
{%- endmacro %}
