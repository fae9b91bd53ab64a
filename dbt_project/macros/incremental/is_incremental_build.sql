{#-
    Whether this build is incremental: it computes what new rows or the passing of time have changed since the build
    before it, and leaves every other row as it is. Only the pipeline knows whether the lake has merely grown since, so
    only it sets previous_as_of; without that a build computes everything. Within an incremental model
    is_incremental_model also asks whether there is a table to add to.

    The models int_affected_… list the keys of what has changed. Incremental models delete the rows of the listed keys
    and insert them again.
-#}
{% macro is_incremental_build() -%}
    {{ return(not should_full_refresh()) }}
{%- endmacro %}
