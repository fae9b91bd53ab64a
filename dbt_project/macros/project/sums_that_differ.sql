{#-
    For tests that one table sums to another: the keys on which they do not, in any of the measures. A key that only one
    of them has is one whose sums are 0 in the other.
-#}
{% macro sums_that_differ(one, other, keys, measures) -%}
    select
        {{ keys | join(", ") }},
        {%- for measure in measures %}
            sum({{ measure }}) as {{ measure }}{{ "," if not loop.last }}
        {%- endfor %}
    from (
        select {{ (keys + measures) | join(", ") }} from {{ one }}
        union all
        select {{ keys | join(", ") }}, -{{ measures | join(", -") }} from {{ other }}
    ) as differences
    group by {{ keys | join(", ") }}
    having sum({{ measures | join(") <> 0 or sum(") }}) <> 0
{%- endmacro %}
