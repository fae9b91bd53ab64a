{#- Before an incremental model adds rows: remove those of what is affected. -#}
{% macro delete_affected_rows(key, column=none, condition="true", affected=none) -%}
    {%- set affected = ref(affected or churniq.affected_list(key)) -%}
    {%- if churniq.is_incremental_model() -%}
        delete from {{ this }} where {{ condition }} and {{ column or key }} in (select {{ key }} from {{ affected }})
    {%- endif -%}
{%- endmacro %}
