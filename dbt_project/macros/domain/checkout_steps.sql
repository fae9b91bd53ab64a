{#- The steps of a checkout in the order in which a try comes to them. -#}
{% macro checkout_steps() -%}
    {{ return([
        'paywall_viewed', 'offer_chosen', 'checkout_started', 'payment_method_chosen', 'payment_submitted',
        'payment_authorised', 'checkout_completed',
    ]) }}
{%- endmacro %}
