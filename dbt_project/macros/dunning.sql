{#- The cuts of dunning: the dimension and the column of fct_dunning_cases that has its values. -#}
{% macro dunning_cuts() -%}
    {{ return({
        "total": "'(all)'",
        "provider": "provider",
        "payment_method": "payment_method",
        "failure_code": "failure_code",
        "attempts": "cast(attempts as " ~ dbt.type_string() ~ ")",
    }) }}
{%- endmacro %}

{#- Days of 24 hours from one instant to a later one, rounded half up to four decimals. -#}
{% macro exact_days(earlier, later) -%}
    {%- set days = churniq.share_of("1", churniq.seconds_between(earlier, later), "86400") -%}
    {{ return("cast(" ~ days ~ " as decimal(18, 4))") }}
{%- endmacro %}
