{#-
    The status that an event sets by itself, null if it sets none. Grace in a trial stays trial, since nothing was paid
    yet: that depends on what the grace follows and is `status_after`.
-#}
{% macro status_set_by(event_type) -%}
    case
        when {{ event_type }} = 'trial_started' then 'trial'
        when {{ is_opening_type(event_type) }} then 'active'
        when {{ event_type }} = 'grace_entered' then 'grace'
        when {{ event_type }} = 'hold_entered' then 'on_hold'
        when {{ event_type }} = 'paused' then 'paused'
        when {{ event_type }} = 'ended' then 'ended'
    end
{%- endmacro %}
