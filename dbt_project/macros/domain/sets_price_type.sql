{#- Whether an event of this type sets the whole price: amount, discount, currency and interval. -#}
{% macro sets_price_type(event_type) -%}
    {{ event_type }} in ('trial_started', 'started', 'trial_converted', 'renewed', 'plan_changed')
{%- endmacro %}
