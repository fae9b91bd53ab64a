{#- Whether a span holds at an instant. -#}
{% macro is_at(span, instant) -%}
    ({{ span }}.valid_from <= {{ instant }} and ({{ span }}.valid_to is null or {{ span }}.valid_to > {{ instant }}))
{%- endmacro %}
