{#-
    Monthly recurring revenue of a price, rounded half up to four decimals once, at the end:
    (amount - discount, never below 0) x months factor x rate.
    The factor of n intervals: day 365/(12n), week 52/(12n), month 1/n, year 1/(12n).
    Worked in whole numbers so that no binary fraction comes near it: the amount in ten-thousandths, the rate in
    million-millionths.
-#}
{% macro monthly_recurring_revenue(amount, discount, interval, interval_count, rate) -%}
    {%- set numerator -%}
        case {{ interval }} when 'day' then 365 when 'week' then 52 else 1 end
    {%- endset -%}
    {%- set denominator -%}
        case {{ interval }} when 'month' then 1 else 12 end * {{ interval_count }}
    {%- endset -%}
    {{ return(adapter.dispatch("monthly_recurring_revenue", "churniq")(amount, discount, rate, numerator, denominator)) }}
{%- endmacro %}

{% macro default__monthly_recurring_revenue(amount, discount, rate, numerator, denominator) -%}
    {%- set scaled_rate -%}
        cast(cast({{ rate }} as decimal(38, 12)) * 1000000000000 as hugeint) * ({{ numerator }})
    {%- endset -%}
    {%- set scaled_one -%}cast(1000000000000 as hugeint) * ({{ denominator }}){%- endset -%}
    {{ churniq.exact_share("greatest(" ~ amount ~ " - " ~ discount ~ ", 0)", scaled_rate, scaled_one) }}
{%- endmacro %}
