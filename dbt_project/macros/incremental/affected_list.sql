{#- The model that lists what is affected, in a column of the name of the key, unless a table has a list of its own. -#}
{% macro affected_list(key) -%}
    {{ return({
        "subscription_id": "int_affected_subscriptions",
        "customer_id": "int_affected_customers",
        "visitor_id": "int_affected_visitors",
        "person_id": "int_affected_persons",
        "viewing_month": "int_affected_viewing_months",
        "payout_id": "int_affected_payouts",
        "purchase_id": "int_affected_purchases",
    }[key]) }}
{%- endmacro %}
