{#- Before rows of features are added: remove those that are computed again, and those of days that have none any more. -#}
{% macro delete_affected_feature_rows(days="int_affected_feature_days", by_customer=true) -%}
    {%- set affected = ref(days) -%}
    {%- set customers = ref("int_affected_feature_customers") -%}
    {%- set present = ref("int_feature_days") -%}
    {%- if churniq.is_incremental_model() -%}
        delete from {{ this }}
        where
            feature_date in (select feature_date from {{ affected }})
            or feature_date not in (select feature_date from {{ present }})
            {%- if by_customer %}
            or customer_id in (select customer_id from {{ customers }})
            {%- endif %}
    {%- endif -%}
{%- endmacro %}
