{#- Before viewers are added: remove those at the opens that are counted anew. -#}
{% macro delete_affected_opens() -%}
    {%- set months = ref(churniq.affected_list("viewing_month")) -%}
    {%- if churniq.is_incremental_model() -%}
        delete from {{ this }}
        where month in (
            select {{ churniq.date_plus("viewing_month", 1, "month") }} from {{ months }}
            union all
            select {{ churniq.date_plus("viewing_month", 2, "month") }} from {{ months }}
        )
    {%- endif -%}
{%- endmacro %}
