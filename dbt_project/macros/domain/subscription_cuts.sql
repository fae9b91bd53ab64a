{#- By what is asked of a subscription, beside its offer: columns of a relation that has its state; none is ever null. -#}
{% macro subscription_cuts(relation="") -%}
    {%- set of = relation ~ "." if relation else "" -%}
    coalesce({{ of }}channel, '(none)') as channel,
    coalesce({{ of }}provider, '(none)') as provider,
    {{ interval_name(of ~ "billing_interval", of ~ "billing_interval_count") }} as price_interval
{%- endmacro %}
