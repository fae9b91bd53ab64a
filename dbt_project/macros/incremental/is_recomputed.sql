{#-
    The same, of a table that marks its rows with the as-of instant of the build that computed them. Whatever is
    affected was computed by this build, so the blocks of rows of earlier builds need not be read.
-#}
{% macro is_recomputed(key, table=none) -%}
    {%- set qualified = table ~ "." if table else "" -%}
    {{ churniq.is_affected(key, qualified ~ key) }}
    {%- if churniq.is_incremental_model() and model.resource_type == "model" %}
        and {{ qualified }}computed_as_of = {{ churniq.as_of() }}
    {%- endif -%}
{%- endmacro %}
