{#-
    The first day of viewing that can be the newest known by a day computed for everybody, or lie in the 28 days up to
    it: what was the newest on a day before is known on each later one. The beginning of time where there is none.
-#}
{% macro first_telling_day() -%}
    {%- set affected = ref("int_affected_feature_days") if model.resource_type == "model" -%}
    {%- set first = none -%}
    {%- if execute and churniq.is_incremental_model() -%}
        {%- set found = run_query(
            "select max(" ~ churniq.date_plus("newest_date", -27, "day") ~ ") from " ~ this
            ~ " where feature_date < (select min(feature_date) from " ~ affected ~ ")"
        ) -%}
        {%- set first = found.rows[0][0] -%}
    {%- endif -%}
    cast('{{ first or "0001-01-01" }}' as date)
{%- endmacro %}
