{#- What is kept of a customer's viewing in a month, by name. -#}
{% macro viewing_measure_names() -%}
    {{ return(["next_days", "next_day_title", "second_days", "second_day_title", "first_date", "last_date"]) }}
{%- endmacro %}
