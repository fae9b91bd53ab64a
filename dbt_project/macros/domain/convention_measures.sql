{#- The measures of a month under a basis, as columns of int_convention_customer_months; all of them add up. -#}
{% macro convention_measures() -%}
    {{ return([
        "unit_change", "new_units", "joined_units", "lost_units", "gone_units", "churning_units", "each_churn_units",
        "returning_units",
        "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr",
    ]) }}
{%- endmacro %}
