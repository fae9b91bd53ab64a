{#-
    The condition that a row of features is computed: its day is computed for everybody, or its customer for every day;
    true in a build, and for a table, that is computed anew. All other rows stay as the build before has left them.
-#}
{% macro is_affected_feature_row(day, customer, days="int_affected_feature_days") -%}
    {%- if not churniq.is_incremental_model() -%}
        true
    {%- else -%}
        (
            {{ day }} in (select affected.feature_date from {{ ref(days) }} as affected)
            or {{ customer }} in (
                select affected.customer_id from {{ ref("int_affected_feature_customers") }} as affected
            )
        )
    {%- endif -%}
{%- endmacro %}
