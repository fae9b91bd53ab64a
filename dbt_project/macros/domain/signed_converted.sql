{#- Money of either sign of one currency in the reporting currency, rounded half up (away from 0) to four decimals. -#}
{% macro signed_converted(amount, rate) -%}
    case
        when {{ amount }} < 0 then -{{ converted("-(" ~ amount ~ ")", rate) }}
        else {{ converted(amount, rate) }}
    end
{%- endmacro %}
