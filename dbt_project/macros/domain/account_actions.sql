{#- The types of journey events that are actions in an account, quoted, for a list. -#}
{% macro account_actions() -%}
    'card_updated', 'plan_switched', 'paused', 'cancelled', 'reactivated', 'consent_changed'
{%- endmacro %}
