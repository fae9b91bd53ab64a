{#- Which additions each basis takes in, as rows. -#}
{% macro convention_addition_rows() -%}
    {%- set selects = [] -%}
    {%- for basis, about in churniq.convention_bases().items() -%}
        {%- for addition in about["additions"] -%}
            {%- do selects.append("select '" ~ basis ~ "' as basis, '" ~ addition ~ "' as addition") -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(selects | join(" union all ")) }}
{%- endmacro %}
