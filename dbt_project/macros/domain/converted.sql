{#- Money of one currency in the reporting currency, rounded half up to four decimals. -#}
{% macro converted(amount, rate) -%}
    {{ return(adapter.dispatch("monthly_recurring_revenue", "churniq")(amount, 0, rate, 1, 1)) }}
{%- endmacro %}
