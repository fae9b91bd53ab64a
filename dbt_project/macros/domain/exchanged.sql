{#- Money of one currency in another, by the rates of both to the reporting currency, rounded half up to four decimals. -#}
{% macro exchanged(amount, rate, other_rate) -%}
    {{ signed_share(
        '(' ~ signed_converted(amount, rate) ~ ')', 'cast(1000000000000 as hugeint)',
        'cast(cast(' ~ other_rate ~ ' as decimal(38, 12)) * 1000000000000 as hugeint)'
    ) }}
{%- endmacro %}
