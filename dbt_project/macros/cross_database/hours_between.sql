{#- Hours from one instant to another, to the minute, a double. -#}
{% macro hours_between(earlier, later) -%}
    {{ return(dbt.datediff(earlier, later, "minute") | trim ~ " / cast(60 as double)") }}
{%- endmacro %}
