{#-
    The configuration of a table that is kept up to date by a key: before rows are added, those of the affected keys are
    deleted, and the rules of its YAML are checked on these keys alone. Said once, at the head of the model.
-#}
{% macro incremental_by(key) -%}
    {{ return({
        "materialized": "incremental",
        "pre_hook": "{{ churniq.delete_affected_rows('" ~ key ~ "') }}",
        "meta": {"kept_by": key},
    }) }}
{%- endmacro %}
