{#- A UTC instant some days (of 24 hours) later. -#}
{% macro plus_days(instant, days) -%}
    {{ instant }} + interval '{{ days }}' day
{%- endmacro %}
