{#- A select expression that makes one row for each first of a month between two DATEs, both included. -#}
{% macro months_from_to(first_month, last_month) -%}
    {{ return(adapter.dispatch("months_from_to", "churniq")(first_month, last_month)) }}
{%- endmacro %}

{% macro default__months_from_to(first_month, last_month) -%}
    cast(unnest(generate_series({{ first_month }}, {{ last_month }}, interval '1' month)) as date)
{%- endmacro %}

{% macro spark__months_from_to(first_month, last_month) -%}
    explode(sequence({{ first_month }}, {{ last_month }}, interval 1 month))
{%- endmacro %}
