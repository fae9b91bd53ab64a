{#-
    The rule that decides why access was lost, the first that applies:
    the reason given for an end; the state that took its place (hold, pause) or that it ended in (grace, hold, pause);
    auto-renew off; a lapse without a word; nothing.
-#}
{% macro churn_rule(end_reason, event_type, previous_status, previous_auto_renew) -%}
    case
        when {{ end_reason }} is not null then 'end_reason'
        when {{ event_type }} = 'hold_entered' or {{ previous_status }} = 'on_hold' then 'state_hold'
        when {{ event_type }} = 'paused' or {{ previous_status }} = 'paused' then 'state_pause'
        when {{ previous_status }} = 'grace' then 'state_grace'
        when not {{ previous_auto_renew }} then 'auto_renew_off'
        when {{ event_type }} = 'lapsed' then 'stale'
        else 'none'
    end
{%- endmacro %}
