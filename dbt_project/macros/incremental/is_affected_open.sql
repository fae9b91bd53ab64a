{#- The condition that a month's open comes one or two months after a month with news of viewing. -#}
{% macro is_affected_open(month) -%}
    (
        {{ churniq.is_affected("viewing_month", churniq.date_plus(month, -1, "month")) }}
        or {{ churniq.is_affected("viewing_month", churniq.date_plus(month, -2, "month")) }}
    )
{%- endmacro %}
