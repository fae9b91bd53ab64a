{#-
    Whether a customer can be won by acting on a reason of a score: what the customer does, pays and hears. How they pay
    or once came is true and nobody can act on it.
-#}
{% macro is_actionable_reason(reason) -%}
    (
        {{ reason }} is not null
        and not (
            {{ reason }} like 'Pays through %'
            or {{ reason }} like 'Is on the offer %'
            or {{ reason }} like 'Came through %'
            or {{ reason }} like 'Began with %'
        )
    )
{%- endmacro %}

{#- The rank of each of three reasons: those that can be acted on first, in the order of the score. -#}
{% macro reasons_by_action(reasons) -%}
    {%- for reason in reasons %}
    case
        when {{ reason }} is null then 100
        when {{ churniq.is_actionable_reason(reason) }} then {{ loop.index }}
        else 10 + {{ loop.index }}
    end as {{ reason }}_rank
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

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
