{#-
    Whole months from one renewal to the next, never null: a period in which a customer of the interval can leave at the end
    of what was paid for. What renews by days or weeks, or by nothing that is known, is followed by months.
-#}
{% macro renewal_months(interval, interval_count) -%}
    cast(
        case {{ interval }} when 'month' then coalesce({{ interval_count }}, 1) when 'year' then 12 * coalesce({{ interval_count }}, 1) else 1 end
        as integer
    )
{%- endmacro %}
