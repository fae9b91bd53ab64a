{#- A DATE as it is read: 5 Mar 2025. -#}
{% macro day_in_words(day) -%}
    {{ return(adapter.dispatch("day_in_words", "churniq")(day)) }}
{%- endmacro %}

{% macro default__day_in_words(day) -%}
    strftime({{ day }}, '%-d %b %Y')
{%- endmacro %}

{% macro spark__day_in_words(day) -%}
    date_format({{ day }}, 'd MMM yyyy')
{%- endmacro %}
