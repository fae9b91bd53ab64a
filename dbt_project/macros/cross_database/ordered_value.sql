{#- The value at a place, from 1 on, of ordered_values. -#}
{% macro ordered_value(values, place) -%}
    {{ return(adapter.dispatch("ordered_value", "churniq")(values, place)) }}
{%- endmacro %}

{% macro default__ordered_value(values, place) -%}
    {{ values }}[{{ place }}]
{%- endmacro %}

{% macro spark__ordered_value(values, place) -%}
    {{ values }}.col{{ place }}
{%- endmacro %}
