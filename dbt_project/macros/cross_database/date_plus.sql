{#- A DATE some calendar units (day, month, year) later, or earlier where the number is negative. -#}
{% macro date_plus(day, number, unit) -%}
    cast({{ dbt.dateadd(unit, number, day) }} as date)
{%- endmacro %}
