{#-
    The condition that a row is of something affected; true in a build, and for a table, that is computed anew.
    An incremental model depends on the list through its hook, a test through the model that it tests.
-#}
{% macro is_affected(key, column=none, affected=none) -%}
    {%- set affected = affected or churniq.affected_list(key) -%}
    {%- set continued = churniq.is_incremental_model() if model.resource_type == "model" else churniq.is_incremental_build() -%}
    {%- if not continued or model.resource_type == "unit_test" -%}
        true
    {%- elif model.resource_type == "test" -%}
        {{ column or key }} in (select {{ key }} from {{ churniq.previous_build_table("intermediate", affected) }})
    {%- else -%}
        {{ column or key }} in (select {{ key }} from {{ ref(affected) }})
    {%- endif -%}
{%- endmacro %}
