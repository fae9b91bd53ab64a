{#-
    The first day of viewing that a feature of a day computed for everybody may count, as a constant, since only that
    keeps an engine from reading the files before it; the beginning of time in a build that computes everything.
-#}
{% macro first_watched_day() -%}
    {%- set affected = ref("int_affected_feature_days") if model.resource_type == "model" -%}
    {%- set viewing_days = ref("int_feature_viewing_days") if model.resource_type == "model" -%}
    {%- if not execute or not churniq.is_incremental_model() -%}
        cast('0001-01-01' as date)
    {%- else -%}
        {%- set found = run_query(
            "select min(" ~ churniq.date_plus("newest_date", -83, "day") ~ ") from " ~ viewing_days
            ~ " where feature_date in (select feature_date from " ~ affected ~ ")"
        ) -%}
        {#- Without viewing nothing is read. -#}
        cast('{{ found.rows[0][0] or "9999-12-31" }}' as date)
    {%- endif -%}
{%- endmacro %}
