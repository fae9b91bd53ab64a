{#- The columns of money by which MRR of one value of a dimension moves. -#}
{% macro value_movement_columns() -%}
    {{ return([
        "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr", "switched_in_mrr",
        "switched_out_mrr",
    ]) }}
{%- endmacro %}
