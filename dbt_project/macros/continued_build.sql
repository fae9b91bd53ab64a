{#-
    Builds that continue another. A build that is told the as-of instant of the build before it (previous_as_of)
    recomputes what new knowledge or the clock moved since, and leaves every other row as it is; a build that is told
    nothing computes everything. Only the pipeline can know that the lake has merely grown since, so only it tells.

    The lists of what moved are the models int_affected_…. A table that is kept up to date by one of them forgets the
    rows of what is listed, then adds what its query says of what is listed.
-#}

{#- Whether this build continues another; outside of dbt's own incremental models, where is_incremental says so. -#}
{% macro continues_a_build() -%}
    {{ return(not should_full_refresh()) }}
{%- endmacro %}

{#- dbt's own switch: whether an incremental model computes everything. Without an earlier build to continue it must. -#}
{% macro should_full_refresh() -%}
    {{ return(flags.FULL_REFRESH or not churniq.build_variable("previous_as_of")) }}
{%- endmacro %}

{#- The as-of instant of the build that this one continues, UTC. -#}
{% macro previous_as_of() -%}
    cast('{{ churniq.build_variable("previous_as_of") }}' as timestamp)
{%- endmacro %}

{#-
    Whether a row that is known now was unknown to the build that this one continues: its file came since, or it was
    recorded or happened later than that build's instant. Everything is new to a build that continues none.
-#}
{% macro is_newly_known(recorded_at, happened_at) -%}
    {%- if churniq.continues_a_build() -%}
        (arrived_since or {{ recorded_at }} > {{ churniq.previous_as_of() }} or {{ happened_at }} > {{ churniq.previous_as_of() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- A table as the build before left it. No ref: the table is built after the list of what is affected, from it. -#}
{% macro as_left(schema, name) -%}
    {{ api.Relation.create(database=target.database, schema=schema, identifier=name) }}
{%- endmacro %}

{#- The model that lists what is affected, in a column of the name of the key, unless a table has a list of its own. -#}
{% macro affected_list(key) -%}
    {{ return({
        "subscription_id": "int_affected_subscriptions",
        "customer_id": "int_affected_customers",
        "visitor_id": "int_affected_visitors",
        "person_id": "int_affected_persons",
        "viewing_month": "int_affected_viewing_months",
        "payout_id": "int_affected_payouts",
        "purchase_id": "int_affected_purchases",
    }[key]) }}
{%- endmacro %}

{#- Whether the incremental model that asks is to be continued; its unit tests describe it computed anew. -#}
{% macro is_continued() -%}
    {{ return(model.resource_type != "unit_test" and is_incremental()) }}
{%- endmacro %}

{#-
    The condition that a row is of something affected; true in a build, and for a table, that is computed anew.
    An incremental model depends on the list through its hook, a test through the model that it tests.
-#}
{% macro is_affected(key, column=none, affected=none) -%}
    {%- set affected = affected or churniq.affected_list(key) -%}
    {%- set continued = churniq.is_continued() if model.resource_type == "model" else churniq.continues_a_build() -%}
    {%- if not continued or model.resource_type == "unit_test" -%}
        true
    {%- elif model.resource_type == "test" -%}
        {{ column or key }} in (select {{ key }} from {{ churniq.as_left("intermediate", affected) }})
    {%- else -%}
        {{ column or key }} in (select {{ key }} from {{ ref(affected) }})
    {%- endif -%}
{%- endmacro %}

{#-
    The same, of a table that marks its rows with the as-of instant of the build that computed them. Whatever is
    affected was computed by this build, so the blocks of rows of earlier builds need not be read.
-#}
{% macro is_recomputed(key, table=none) -%}
    {%- set qualified = table ~ "." if table else "" -%}
    {{ churniq.is_affected(key, qualified ~ key) }}
    {%- if churniq.is_continued() and model.resource_type == "model" %}
        and {{ qualified }}computed_as_of = {{ churniq.as_of() }}
    {%- endif -%}
{%- endmacro %}

{#- Before an incremental model adds rows: remove those of what is affected. -#}
{% macro forget_affected(key, column=none, condition="true", affected=none) -%}
    {%- set affected = ref(affected or churniq.affected_list(key)) -%}
    {%- if churniq.is_continued() -%}
        delete from {{ this }} where {{ condition }} and {{ column or key }} in (select {{ key }} from {{ affected }})
    {%- endif -%}
{%- endmacro %}

{#-
    Before transactions are added: remove those whose customer is known by another name now, those of a day and currency
    whose exchange rate has changed, and the reversals of a payment with news.
-#}
{% macro forget_transactions_told_anew() -%}
    {%- set rates = ref("int_exchange_rates") -%}
    {%- set payments = ref("stg_payment_events") -%}
    {#- The rules of the model are checked on the rows of these. -#}
    {%- set customers = ref("int_affected_customers") -%}
    {%- set reversals = ref("int_reversal_values") -%}
    {%- if churniq.is_continued() -%}
        delete from {{ this }}
        where
            event_id in (select event_id from {{ payments }} where is_newly_known)
            or event_id in (select event_id from {{ reversals }} where has_news)
            or exists (
                select 1 from {{ rates }} as rates
                where
                    rates.has_changed
                    and rates.currency = {{ this.identifier }}.currency
                    and rates.used_date = {{ churniq.report_date(this.identifier ~ ".occurred_at") }}
            )
    {%- endif -%}
{%- endmacro %}

{#-
    What a generic test reads of a model (dbt's own macro by this name): in a build that continues another, of a table
    that is kept up to date by key, the rows that could have changed. All others passed before.
-#}
{% macro get_where_subquery(relation) -%}
    {{ return(churniq.rows_to_check(relation, config.get("where"))) }}
{%- endmacro %}

{% macro rows_to_check(relation, where=none) -%}
    {%- set conditions = [where] if where else [] -%}
    {%- if execute and churniq.continues_a_build() -%}
        {%- for node in graph.nodes.values() if node.resource_type == "model" and node.name == relation.identifier -%}
            {%- if node.config.meta.get("kept_by") -%}
                {%- do conditions.append(churniq.is_affected(node.config.meta["kept_by"])) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if conditions -%}
        {%- do return("(select * from " ~ relation ~ " where " ~ conditions | join(" and ") ~ ") dbt_subquery") -%}
    {%- endif -%}
    {%- do return(relation) -%}
{%- endmacro %}
