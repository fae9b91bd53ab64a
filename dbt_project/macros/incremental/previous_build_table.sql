{#- A table as the build before left it. No ref: the table is built after the list of what is affected, from it. -#}
{% macro previous_build_table(schema, name) -%}
    {{ api.Relation.create(database=target.database, schema=schema, identifier=name) }}
{%- endmacro %}
