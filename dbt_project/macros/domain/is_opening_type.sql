{#- Whether an event of this type opens a subscription: the first one, and any after an end. -#}
{% macro is_opening_type(event_type) -%}
    {{ event_type }} in ('trial_started', 'started', 'trial_converted', 'renewed', 'recovered', 'resumed')
{%- endmacro %}
