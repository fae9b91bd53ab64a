{#- Several values as one that is ordered by the first, then the second, and so on; ordered_value takes one back. -#}
{% macro ordered_values(values) -%}
    {{ return(adapter.dispatch("ordered_values", "churniq")(values)) }}
{%- endmacro %}

{% macro default__ordered_values(values) -%}
    row({{ values | join(", ") }})
{%- endmacro %}

{% macro spark__ordered_values(values) -%}
    struct({{ values | join(", ") }})
{%- endmacro %}
