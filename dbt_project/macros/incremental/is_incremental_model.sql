{#- Whether the incremental model that asks is to be continued; its unit tests describe it computed anew. -#}
{% macro is_incremental_model() -%}
    {{ return(model.resource_type != "unit_test" and is_incremental()) }}
{%- endmacro %}
