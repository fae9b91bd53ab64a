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

{#- The kind of churn that the deciding rule stands for. -#}
{% macro churn_kind(end_reason, event_type, previous_status, previous_auto_renew) -%}
    case
        when {{ end_reason }} in ('customer_cancelled', 'price_increase_declined', 'refunded') then 'voluntary'
        when {{ end_reason }} in ('payment_failed', 'chargeback') then 'involuntary'
        when {{ end_reason }} in ('product_withdrawn', 'publisher_terminated', 'fraud') then 'publisher'
        when {{ end_reason }} = 'switched' then 'switched'
        else
            case {{ churniq.churn_rule(end_reason, event_type, previous_status, previous_auto_renew) }}
                when 'state_hold' then 'involuntary'
                when 'state_grace' then 'involuntary'
                when 'state_pause' then 'pause'
                when 'auto_renew_off' then 'voluntary'
                else 'unknown'
            end
    end
{%- endmacro %}
