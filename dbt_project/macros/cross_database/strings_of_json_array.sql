{#- A select expression that makes one row for each string of a JSON array. -#}
{% macro strings_of_json_array(json) -%}
    {{ return(adapter.dispatch("strings_of_json_array", "churniq")(json)) }}
{%- endmacro %}

{% macro default__strings_of_json_array(json) -%}
    unnest(from_json({{ json }}, '["VARCHAR"]'))
{%- endmacro %}

{% macro spark__strings_of_json_array(json) -%}
    explode(from_json({{ json }}, 'array<string>'))
{%- endmacro %}
