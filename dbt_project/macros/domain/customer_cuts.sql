{#- The columns of dim_customer_cohorts by which cohorts and survival are cut; none of them is ever null. -#}
{% macro customer_cuts() -%}
    {{ return(["first_offer", "channel", "acquisition_channel", "acquisition_campaign", "first_coupon", "country"]) }}
{%- endmacro %}
