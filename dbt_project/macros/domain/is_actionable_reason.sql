{#-
    Whether a customer can be won by acting on a reason of a score: what the customer does, pays and hears. How they pay
    or once came is true and nobody can act on it.
-#}
{% macro is_actionable_reason(reason) -%}
    (
        {{ reason }} is not null
        and not (
            {{ reason }} like 'Pays through %'
            or {{ reason }} like 'Is on the offer %'
            or {{ reason }} like 'Came through %'
            or {{ reason }} like 'Began with %'
        )
    )
{%- endmacro %}
