{#-
    What a build is as of, and how it reports: as_of, reporting_currency, timezone.

    The pipeline says it in the environment (CHURNIQ_BUILD_AS_OF and so on), since dbt parses the whole project again
    when --vars differ from the run before; a person at the dbt command line says it with --vars.
-#}
{% macro build_variable(name) -%}
    {{ return(env_var("CHURNIQ_BUILD_" ~ name | upper, var(name))) }}
{%- endmacro %}
