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
