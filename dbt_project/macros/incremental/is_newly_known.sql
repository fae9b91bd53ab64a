{#-
    Whether a row that is known now was unknown to the build that this one continues: its file came since, or it was
    recorded or happened later than that build's instant. Everything is new to a build that continues none.
-#}
{% macro is_newly_known(recorded_at, happened_at) -%}
    {%- if churniq.is_incremental_build() -%}
        (arrived_since or {{ recorded_at }} > {{ churniq.previous_as_of() }} or {{ happened_at }} > {{ churniq.previous_as_of() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
