{#- The measures in a form, a list for a select: every MEASURE in the form is the name of one; only those that end so. -#}
{% macro convention_measures_as(form, ending="") -%}
    {%- set listed = [] -%}
    {%- for measure in churniq.convention_measures() if measure.endswith(ending) -%}
        {%- do listed.append(form | replace("MEASURE", measure)) -%}
    {%- endfor -%}
    {{ return(listed | join(", ")) }}
{%- endmacro %}
