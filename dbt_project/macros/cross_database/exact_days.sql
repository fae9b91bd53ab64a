{#- Days of 24 hours from one instant to a later one, rounded half up to four decimals. -#}
{% macro exact_days(earlier, later) -%}
    {%- set days = churniq.share_of("1", churniq.seconds_between(earlier, later), "86400") -%}
    {{ return("cast(" ~ days ~ " as decimal(18, 4))") }}
{%- endmacro %}
