{#-
    MRR of a daily price where a month has thirty days: (amount - discount, never below 0) x 30 / n x rate. With weeks, 7 days
    and their multiples are weeks, of which a month has four.
-#}
{% macro convention_daily_mrr(amount, discount, interval_count, rate) -%}
    {{ return(adapter.dispatch("monthly_recurring_revenue", "churniq")(amount, discount, rate, "30", interval_count)) }}
{%- endmacro %}
