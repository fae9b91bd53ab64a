{#- Whether a row was known, and had happened, by the as-of instant. -#}
{% macro is_known(recorded_at, happened_at) -%}
    {{ recorded_at }} <= {{ as_of() }} and {{ happened_at }} <= {{ as_of() }}
{%- endmacro %}
