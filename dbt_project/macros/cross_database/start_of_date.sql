{#- The UTC instant at which a DATE begins in the report time zone. -#}
{% macro start_of_date(day) -%}
    {{ return(adapter.dispatch("start_of_date", "churniq")(day)) }}
{%- endmacro %}

{% macro default__start_of_date(day) -%}
    {%- if churniq.build_variable("timezone") == "UTC" -%}
        cast({{ day }} as timestamp)
    {%- else -%}
        cast({{ day }} as timestamp) at time zone '{{ churniq.build_variable("timezone") }}' at time zone 'UTC'
    {%- endif -%}
{%- endmacro %}

{% macro spark__start_of_date(day) -%}
    to_utc_timestamp(cast({{ day }} as timestamp), '{{ churniq.build_variable("timezone") }}')
{%- endmacro %}
