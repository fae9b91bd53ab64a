{#- Whole days from one DATE to another. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch("days_between", "churniq")(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast({{ later }} - {{ earlier }} as integer)
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}
