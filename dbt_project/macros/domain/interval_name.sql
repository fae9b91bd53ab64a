{#- A billing interval in words: month, or 3 months; never null. -#}
{% macro interval_name(interval, interval_count) -%}
    case
        when {{ interval }} is null then '(none)'
        when {{ interval_count }} > 1
            then concat(cast({{ interval_count }} as {{ dbt.type_string() }}), ' ', {{ interval }}, 's')
        else {{ interval }}
    end
{%- endmacro %}
