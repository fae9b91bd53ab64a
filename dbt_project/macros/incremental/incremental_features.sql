{#- The configuration of a table with a row a feature day and customer that a build appends its days to. -#}
{% macro incremental_features(days="int_affected_feature_days") -%}
    {{ return({
        "materialized": "incremental",
        "pre_hook": "{{ churniq.delete_affected_feature_rows(days='" ~ days ~ "') }}",
    }) }}
{%- endmacro %}
