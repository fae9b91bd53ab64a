{#- The basis that a full set of rule values stands on; a combination that nothing was built for is refused. -#}
{% macro convention_basis(values) -%}
    {%- set rules = churniq.conventions_registry()["rules"] -%}
    {%- set wanted = {} -%}
    {%- for rule in [
        "counted_access", "past_due", "churn_date", "discounts", "weekly_factor", "daily_factor", "unit",
    ] -%}
        {%- if values[rule] != rules[rule]["default"] -%}{%- do wanted.update({rule: values[rule]}) -%}{%- endif -%}
    {%- endfor -%}
    {%- for name, basis in churniq.convention_bases().items() -%}
        {%- if basis["when"] == wanted -%}{{ return(name) }}{%- endif -%}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error("No basis is built for the rules " ~ wanted ~ ": add one to convention_bases.") }}
{%- endmacro %}
