{#-
    A select that sums the measures of a relation by keys and by one cut after the other: the keys, the name of the cut as
    dimension, its value as dimension_value, the sums. What grouping sets would do, in words that every engine and linter
    knows.
-#}
{% macro summed_by_cut(relation, cuts, keys, measures) -%}
    {%- for cut in cuts %}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        '{{ cut }}' as dimension,
        cast({{ cut }} as {{ dbt.type_string() }}) as dimension_value,
        {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }}{{ "," if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    group by {{ (keys + [cut]) | join(", ") }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
{%- endmacro %}
