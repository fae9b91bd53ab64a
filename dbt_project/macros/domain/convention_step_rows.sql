{#- The steps from the default to each convention as rows. -#}
{% macro convention_step_rows() -%}
    {%- set selects = [] -%}
    {%- for step in churniq.convention_steps() -%}
        {%- do selects.append(
            "select '" ~ step["metric"] ~ "' as metric, '" ~ step["convention"] ~ "' as convention, "
            ~ "cast(" ~ step["step_number"] ~ " as integer) as step_number, '" ~ step["rule"] ~ "' as rule_name, "
            ~ "'" ~ step["rule_value"] ~ "' as rule_value, " ~ step["is_last"] | lower ~ " as is_last, "
            ~ "'" ~ step["basis"] ~ "' as basis, '" ~ step["values"]["same_month_churn"] ~ "' as same_month_churn, "
            ~ "'" ~ step["values"]["resubscribes"] ~ "' as resubscribes, "
            ~ "'" ~ step["values"]["returning_mrr"] ~ "' as returning_mrr, "
            ~ "'" ~ step["values"]["denominator"] ~ "' as denominator_rule"
        ) -%}
    {%- endfor -%}
    {{ return(selects | join(" union all ")) }}
{%- endmacro %}
