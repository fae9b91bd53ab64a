{#- Part of some money of either sign, numerator / denominator of it, rounded half up (away from 0) to four decimals. -#}
{% macro signed_share(amount, numerator, denominator) -%}
    case
        when {{ amount }} < 0 then -{{ exact_share("-(" ~ amount ~ ")", numerator, denominator) }}
        else {{ exact_share(amount, numerator, denominator) }}
    end
{%- endmacro %}
