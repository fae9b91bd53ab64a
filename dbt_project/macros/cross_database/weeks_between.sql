{#- Whole weeks from one Monday to another. -#}
{% macro weeks_between(earlier, later) -%}
    cast({{ churniq.days_between(earlier, later) }} / 7 as integer)
{%- endmacro %}
