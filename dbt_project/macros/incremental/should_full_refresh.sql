{#- dbt's own switch: whether an incremental model computes everything. Without an earlier build to continue it must. -#}
{% macro should_full_refresh() -%}
    {{ return(flags.FULL_REFRESH or not churniq.build_variable("previous_as_of")) }}
{%- endmacro %}
