{#-
    The type of money in the reporting currency and of every total: amounts of any size add up, and a rate of exchange or
    the months factor of a price may lift a single one beyond what a sender could have sent.
-#}
{% macro money() -%}decimal(38, 4){%- endmacro %}

{#- The type of a single amount as a sender sent it, in its own currency. -#}
{% macro sent_amount() -%}decimal(18, 4){%- endmacro %}

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

{#-
    Some money of 0 or more x numerator / denominator, whole numbers both, rounded half up to four decimals; worked in
    a type of whole numbers that holds twice the product, with decimals that hold the amount and the rounded result.
-#}
{% macro exact_share(amount, numerator, denominator, whole="hugeint", given=none, result="decimal(34, 0)") -%}
    cast(
        cast(
            (
                2 * cast(cast({{ amount }} as {{ given or churniq.money() }}) * 10000 as {{ whole }}) * {{ numerator }}
                + {{ denominator }}
            ) // (2 * {{ denominator }})
            as {{ result }}
        ) * cast(0.0001 as decimal(4, 4))
        as {{ churniq.money() }}
    )
{%- endmacro %}

{#- Money of one currency in the reporting currency, rounded half up to four decimals. -#}
{% macro converted(amount, rate) -%}
    {{ return(adapter.dispatch("monthly_recurring_revenue", "churniq")(amount, 0, rate, 1, 1)) }}
{%- endmacro %}
