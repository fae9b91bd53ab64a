{#- The dimensions of MRR that a subscription has, as columns of int_revenue_closings: those that can be combined. -#}
{% macro combined_dimensions() -%}
    {{ return({
        "offer": "offer_id",
        "channel": "channel",
        "provider": "provider",
        "price_interval": "price_interval",
        "price_currency": "price_currency",
    }) }}
{%- endmacro %}
