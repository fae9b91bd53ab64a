{#-
    Makes the relation of a model by one statement, in one transaction with its hooks; what stands in its place and is
    of another kind is dropped before. Returns what a materialization returns.
-#}
{% macro in_one_statement(kind, sql) -%}
    {%- set target_relation = this.incorporate(type=kind) -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing_relation is not none and existing_relation.type != kind -%}
        {%- do adapter.drop_relation(existing_relation) -%}
    {%- endif -%}
    {% call statement("main") -%}
        {{ sql }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({"relations": [target_relation]}) }}
{%- endmacro %}
