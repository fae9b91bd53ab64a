{#- The bases as rows, or those of one unit. -#}
{% macro convention_basis_rows(unit=none) -%}
    {%- set selects = [] -%}
    {%- for basis, about in churniq.convention_bases().items() if not unit or about["when"].get("unit") == unit -%}
        {%- do selects.append("select '" ~ basis ~ "' as basis") -%}
    {%- endfor -%}
    {{ return(selects | join(" union all ")) }}
{%- endmacro %}
