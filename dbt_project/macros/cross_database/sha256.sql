{#- The SHA-256 of a text as 64 lower-case hexadecimal digits. -#}
{% macro sha256(text) -%}
    {{ return(adapter.dispatch("sha256", "churniq")(text)) }}
{%- endmacro %}

{% macro default__sha256(text) -%}
    sha256({{ text }})
{%- endmacro %}

{% macro spark__sha256(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}
