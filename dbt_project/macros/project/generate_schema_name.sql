{#- A schema is the name of its stage or mart, the same in every environment: environments differ in the warehouse. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
