{#-
    The steps from the default to each convention, one a rule that differs, in the order of the registry: convention,
    metric, step_number (0 is the default), rule (default at step 0), rule_value, is_last, basis and all rule values.
-#}
{% macro convention_steps() -%}
    {%- set registry = churniq.conventions_registry() -%}
    {%- set steps = [] -%}
    {%- for convention, definition in registry["conventions"].items() -%}
        {%- for metric in definition["metrics"] -%}
            {%- set values = {} -%}
            {%- for rule, about in registry["rules"].items() -%}{%- do values.update({rule: about["default"]}) -%}{%- endfor -%}
            {%- set own = [] -%}
            {%- do own.append({"rule": "default", "rule_value": "default", "values": dict(values)}) -%}
            {%- for rule in churniq.rules_of_metric(metric) if rule in definition.get("rules", {}) -%}
                {%- do values.update({rule: definition["rules"][rule]}) -%}
                {%- do own.append({"rule": rule, "rule_value": definition["rules"][rule], "values": dict(values)}) -%}
            {%- endfor -%}
            {%- for step in own -%}
                {%- do steps.append({
                    "convention": convention, "metric": metric, "step_number": loop.index0, "is_last": loop.last,
                    "rule": step["rule"], "rule_value": step["rule_value"], "values": step["values"],
                    "basis": churniq.convention_basis(step["values"]),
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(steps) }}
{%- endmacro %}
