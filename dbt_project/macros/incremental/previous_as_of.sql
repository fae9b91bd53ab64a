{#- The as-of instant of the build that this one continues, UTC. -#}
{% macro previous_as_of() -%}
    cast('{{ churniq.build_variable("previous_as_of") }}' as timestamp)
{%- endmacro %}
