{#- The Monday that begins the week of a DATE, a DATE. -#}
{% macro week_of(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{#- Whole weeks from one Monday to another. -#}
{% macro weeks_between(earlier, later) -%}
    cast({{ churniq.days_between(earlier, later) }} / 7 as integer)
{%- endmacro %}

{#- A DATE some calendar units (day, month, year) later, or earlier where the number is negative. -#}
{% macro date_plus(day, number, unit) -%}
    cast({{ dbt.dateadd(unit, number, day) }} as date)
{%- endmacro %}

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
