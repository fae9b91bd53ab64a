{#- The reason that comes at a place (1 to 3) once they are ranked. -#}
{% macro reason_at(place, reasons) -%}
    {%- set ranks = [] -%}
    {%- for reason in reasons %}{% do ranks.append(reason ~ "_rank") %}{% endfor -%}
    {%- set first = "least(" ~ ranks | join(", ") ~ ")" -%}
    {%- set last = "greatest(" ~ ranks | join(", ") ~ ")" -%}
    case
    {%- for reason in reasons %}
        {%- set others = [] -%}
        {%- for other in reasons if other != reason %}{% do others.append(other ~ "_rank") %}{% endfor %}
        {%- if place == 1 %}
        when {{ reason }}_rank <= least({{ others | join(", ") }}) then {{ reason }}
        {%- elif place == 3 %}
        when {{ reason }}_rank >= greatest({{ others | join(", ") }}) then {{ reason }}
        {%- else %}
        when
            {{ reason }}_rank between least({{ others | join(", ") }}) and greatest({{ others | join(", ") }})
            then {{ reason }}
        {%- endif %}
    {%- endfor %}
    end
{%- endmacro %}
