{#- Whether a payment event of this type takes back a payment, or gives back what was taken. -#}
{% macro is_reversal_type(event_type) -%}
    {{ event_type }} in ('refunded', 'chargeback', 'chargeback_reversed')
{%- endmacro %}
