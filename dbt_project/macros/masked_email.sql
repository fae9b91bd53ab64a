{#- An address that a person recognises as theirs and nobody else can write to: its first letter and its domain. -#}
{% macro masked_email(email) -%}
    case
        when position('@' in {{ email }}) > 1
            then substr({{ email }}, 1, 1) || '***' || substr({{ email }}, position('@' in {{ email }}))
    end
{%- endmacro %}
