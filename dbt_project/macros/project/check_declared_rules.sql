{#-
    After a model is built: the generic tests that its YAML declares, in one statement. One test each would read the
    table once each, and dbt and Dagster spend more time on a test than a small table takes; what fails is named all
    the same, and nothing is built on it. dbt test still runs them one by one for whoever looks into a failure.
    The pipeline leaves them out of dbt build (pipelines.warehouse.dbt.CHECKED_WITH_THEIR_MODEL). A rule reads its own
    model alone: another may not be built yet, so what two tables must agree on is a test in tests/integrity.
    A contract is one more rule: the columns of its YAML, in that order and of those types, are those of the table.
-#}
{% macro check_declared_rules() -%}
    {%- if execute and not flags.EMPTY and model.resource_type == "model" -%}
        {%- set checks = [] -%}
        {%- set kept_by = model.config.meta.get("kept_by") -%}
        {#- Brackets, since a dot looks for an attribute first: every model asks this of every node of the project. -#}
        {%- for node in graph.nodes.values()
            if node["resource_type"] == "test" and node["attached_node"] == model.unique_id and node.test_metadata -%}
            {%- set arguments = {} -%}
            {%- for name, value in node.test_metadata.kwargs.items() if name != "model" -%}
                {%- do arguments.update({name: render(value) if value is string else value}) -%}
            {%- endfor -%}
            {%- set relation = churniq.rows_to_check(this, node.config.where, kept_by) -%}
            {%- set failing = context["test_" ~ node.test_metadata.name](model=relation, **arguments) -%}
            {%- do checks.append("select '" ~ node.name ~ "' as rule, count(*) as failures from (" ~ failing ~ ") as failing") -%}
        {%- endfor -%}
        {%- if config.get("contract").enforced -%}
            {%- do checks.append("select 'of its contract' as rule, count(*) as failures from (" ~ churniq.columns_that_differ() ~ ") as failing") -%}
        {%- endif -%}
        {%- if checks -%}
            {%- set broken = run_query(
                "select rule, failures from (" ~ checks | join(" union all ") ~ ") as checks where failures > 0 order by rule"
            ) -%}
            {%- for row in broken.rows[:1] -%}
                {%- set more = " and breaks " ~ (broken.rows | length - 1) ~ " more of its rules" if broken.rows | length > 1 else "" -%}
                {%- do exceptions.raise_compiler_error(
                    this.schema ~ "." ~ this.identifier ~ " breaks the rule " ~ row[0] ~ " in " ~ row[1] ~ " rows" ~ more
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
