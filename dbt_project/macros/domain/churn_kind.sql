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
