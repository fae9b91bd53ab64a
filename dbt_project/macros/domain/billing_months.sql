{#- The months of one billing interval as a number with a fraction, for comparing prices; MRR is worked out exactly. -#}
{% macro billing_months(interval, interval_count) -%}
    cast(
        case {{ interval }} when 'day' then 12.0 / 365 when 'week' then 12.0 / 52 when 'month' then 1.0 when 'year' then 12.0 end
        as double
    )
    * coalesce({{ interval_count }}, 1)
{%- endmacro %}
