{#- Whether a subscription in this status has MRR, if it has a price. -#}
{% macro is_paying(status) -%}
    {{ status }} in ('active', 'grace')
{%- endmacro %}
