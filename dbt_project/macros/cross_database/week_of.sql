{#- The Monday that begins the week of a DATE, a DATE. -#}
{% macro week_of(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}
