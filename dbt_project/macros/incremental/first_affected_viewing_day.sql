{#-
    The first day of the earliest month with news of viewing, as a constant, since only that keeps an engine from
    reading the files before it; the beginning of time in a build that computes everything.
-#}
{% macro first_affected_viewing_day() -%}
    {%- set months = ref(churniq.affected_list("viewing_month")) if model.resource_type == "model" -%}
    {%- set first = none -%}
    {%- if execute and churniq.is_incremental_model() -%}
        {%- set found = run_query("select min(viewing_month) from " ~ months) -%}
        {#- Without news nothing is read. -#}
        {%- set first = found.rows[0][0] or "9999-12-31" -%}
    {%- endif -%}
    cast('{{ first or "0001-01-01" }}' as date)
{%- endmacro %}
