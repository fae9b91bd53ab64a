{#- The value of a dimension at the close before: a customer's own attributes are those of now, throughout. -#}
{% macro previous_value(column) -%}
    {%- if column in ("country", "acquisition_channel") -%}
        {{ column }}
    {%- else -%}
        coalesce(previous_{{ column }}, {{ column }})
    {%- endif -%}
{%- endmacro %}
