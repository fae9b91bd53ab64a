{#- An address that a person recognises as theirs and nobody else can write to: its first letter and its domain. Of a
    short name the first letter would be half of it, so it goes too. -#}
{% macro masked_email(email) -%}
    case
        when position('@' in {{ email }}) > 5
            then substr({{ email }}, 1, 1) || '***' || substr({{ email }}, position('@' in {{ email }}))
        when position('@' in {{ email }}) > 1
            then '***' || substr({{ email }}, position('@' in {{ email }}))
    end
{%- endmacro %}
