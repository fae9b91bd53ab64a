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
