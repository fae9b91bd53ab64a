{#- Rules that make no difference to a metric of money at the close or of movements. -#}
{% macro rules_of_metric(metric) -%}
    {%- set rules = churniq.conventions_registry()["rules"] -%}
    {%- if metric == "customer_churn_rate" -%}
        {{ return(rules.keys() | reject("in", ["returning_mrr"]) | list) }}
    {%- endif -%}
    {%- set of_money = ["past_due", "discounts", "weekly_factor", "daily_factor"] -%}
    {{ return(of_money + (["returning_mrr"] if metric == "net_mrr_churn_rate" else [])) }}
{%- endmacro %}
