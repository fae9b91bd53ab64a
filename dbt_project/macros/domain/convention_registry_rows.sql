{#- The registry as rows: a convention and metric each, with the rules as columns. -#}
{% macro convention_registry_rows() -%}
    {%- set registry = churniq.conventions_registry() -%}
    {%- set selects = [] -%}
    {%- for convention, about in registry["conventions"].items() -%}
        {%- set number = loop.index -%}
        {%- for metric, formula in about["metrics"].items() -%}
            {%- set columns = [
                "'" ~ convention ~ "' as convention", "'" ~ metric ~ "' as metric",
                "cast(" ~ number ~ " as integer) as convention_number", "'" ~ about["title"] ~ "' as title",
                "'" ~ formula ~ "' as formula", "'" ~ about["source"] ~ "' as source",
            ] -%}
            {%- for rule, definition in registry["rules"].items() -%}
                {%- set concerns = rule in churniq.rules_of_metric(metric) -%}
                {%- set value = about.get("rules", {}).get(rule, definition["default"]) if concerns else definition["default"] -%}
                {%- do columns.append("'" ~ value ~ "' as " ~ rule) -%}
            {%- endfor -%}
            {%- do selects.append("select " ~ columns | join(", ")) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(selects | join(" union all ")) }}
{%- endmacro %}
