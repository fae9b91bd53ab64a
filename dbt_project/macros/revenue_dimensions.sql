{#- The dimensions by which MRR is cut, as columns of int_revenue_closings; none of them is ever null. -#}
{% macro revenue_dimensions() -%}
    {{ return({
        "offer": "offer_id",
        "channel": "channel",
        "provider": "provider",
        "country": "country",
        "acquisition_channel": "acquisition_channel",
        "interval": "price_interval",
        "currency": "price_currency",
    }) }}
{%- endmacro %}

{#- The value of a dimension at the close before: a customer's own attributes are those of now, throughout. -#}
{% macro previous_value(column) -%}
    {%- if column in ("country", "acquisition_channel") -%}
        {{ column }}
    {%- else -%}
        coalesce(previous_{{ column }}, {{ column }})
    {%- endif -%}
{%- endmacro %}

{#- The columns of money by which MRR of one value of a dimension moves. -#}
{% macro value_movement_columns() -%}
    {{ return([
        "new_mrr", "expansion_mrr", "contraction_mrr", "churn_mrr", "reactivation_mrr", "switched_in_mrr",
        "switched_out_mrr",
    ]) }}
{%- endmacro %}
