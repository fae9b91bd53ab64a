{#- Whether a subscription in this status gives access; these statuses, and no others, can lapse. -#}
{% macro has_access(status) -%}
    {{ status }} in ('trial', 'active', 'grace')
{%- endmacro %}
