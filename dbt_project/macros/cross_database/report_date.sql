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
