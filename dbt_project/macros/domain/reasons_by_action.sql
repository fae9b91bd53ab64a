{#- The rank of each of three reasons: those that can be acted on first, in the order of the score. -#}
{% macro reasons_by_action(reasons) -%}
    {%- for reason in reasons %}
    case
        when {{ reason }} is null then 100
        when {{ churniq.is_actionable_reason(reason) }} then {{ loop.index }}
        else 10 + {{ loop.index }}
    end as {{ reason }}_rank
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}
