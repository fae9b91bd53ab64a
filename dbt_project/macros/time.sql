{#- The instant the build is as of, UTC. -#}
{% macro as_of() -%}
    cast('{{ churniq.build_variable("as_of") }}' as timestamp)
{%- endmacro %}

{#- Whether a row was known, and had happened, by the as-of instant. -#}
{% macro is_known(recorded_at, happened_at) -%}
    {{ recorded_at }} <= {{ as_of() }} and {{ happened_at }} <= {{ as_of() }}
{%- endmacro %}

{#- The calendar day of a UTC instant in the report time zone, a DATE. -#}
{% macro report_date(instant) -%}
    {{ return(adapter.dispatch("report_date", "churniq")(instant)) }}
{%- endmacro %}

{% macro default__report_date(instant) -%}
    {%- if churniq.build_variable("timezone") == "UTC" -%}
        cast({{ instant }} as date)
    {%- else -%}
        cast({{ instant }} at time zone 'UTC' at time zone '{{ churniq.build_variable("timezone") }}' as date)
    {%- endif -%}
{%- endmacro %}

{% macro spark__report_date(instant) -%}
    to_date(from_utc_timestamp({{ instant }}, '{{ churniq.build_variable("timezone") }}'))
{%- endmacro %}

{#- The first day of the month of a DATE, a DATE. -#}
{% macro month_of(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{#- A UTC instant some days (of 24 hours) later. -#}
{% macro plus_days(instant, days) -%}
    {{ instant }} + interval '{{ days }}' day
{%- endmacro %}

{#- Whole calendar months from one first-of-month DATE to another. -#}
{% macro months_between(earlier, later) -%}
    cast(
        (extract(year from {{ later }}) - extract(year from {{ earlier }})) * 12
        + extract(month from {{ later }}) - extract(month from {{ earlier }})
        as integer
    )
{%- endmacro %}

{#- Whole days from one DATE to another. -#}
{% macro days_between(earlier, later) -%}
    {{ return(adapter.dispatch("days_between", "churniq")(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
    cast({{ later }} - {{ earlier }} as integer)
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})
{%- endmacro %}

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
