{#- A select expression that makes one row for every so many days between two DATEs, the first included. -#}
{% macro dates_every(days, first_date, last_date) -%}
    {{ return(adapter.dispatch("dates_every", "churniq")(days, first_date, last_date)) }}
{%- endmacro %}

{% macro default__dates_every(days, first_date, last_date) -%}
    cast(unnest(generate_series({{ first_date }}, {{ last_date }}, interval '{{ days }}' day)) as date)
{%- endmacro %}

{% macro spark__dates_every(days, first_date, last_date) -%}
    explode(sequence({{ first_date }}, {{ last_date }}, interval {{ days }} day))
{%- endmacro %}
