{#- The instant the build is as of, UTC. -#}
{% macro as_of() -%}
    cast('{{ churniq.build_variable("as_of") }}' as timestamp)
{%- endmacro %}
