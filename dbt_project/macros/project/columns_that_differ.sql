{#- The columns of the model that is built, or of its contract, that the other has not at that place with that type. -#}
{% macro columns_that_differ() -%}
    {{ return(adapter.dispatch("columns_that_differ", "churniq")()) }}
{%- endmacro %}

{% macro default__columns_that_differ() -%}
    {%- set wanted = [] -%}
    {%- for column in model.columns.values() -%}
        {%- do wanted.append("(" ~ loop.index0 ~ ", '" ~ column.name ~ "', '" ~ column.data_type | upper ~ "')") -%}
    {%- endfor -%}
    select wanted.place
    from (values {{ wanted | join(", ") }}) as wanted (place, name, type)
    full join pragma_table_info('{{ this.schema }}.{{ this.identifier }}') as found
        on wanted.place = found.cid and wanted.name = found.name and wanted.type = found.type
    where wanted.place is null or found.cid is null
{%- endmacro %}
