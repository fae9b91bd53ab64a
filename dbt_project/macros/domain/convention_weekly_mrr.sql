{#- MRR of a weekly price where a month has four weeks: (amount - discount, never below 0) x 4 / n x rate. -#}
{% macro convention_weekly_mrr(amount, discount, interval_count, rate) -%}
    {{ return(adapter.dispatch("monthly_recurring_revenue", "churniq")(amount, discount, rate, "4", interval_count)) }}
{%- endmacro %}
