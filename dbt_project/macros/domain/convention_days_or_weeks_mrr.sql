{% macro convention_days_or_weeks_mrr(amount, discount, interval_count, rate) -%}
    case
        when {{ interval_count }} % 7 = 0
            then {{ adapter.dispatch("monthly_recurring_revenue", "churniq")(amount, discount, rate, "28", interval_count) }}
        else {{ churniq.convention_daily_mrr(amount, discount, interval_count, rate) }}
    end
{%- endmacro %}
