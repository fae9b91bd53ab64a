{#- Before rows of dunning are added: remove those of the subscriptions that are worked out again. -#}
{% macro forget_affected_dunning() -%}
    {%- set affected = ref("int_affected_dunning") -%}
    {%- if churniq.is_continued() -%}
        delete from {{ this }} where subscription_id in (select subscription_id from {{ affected }})
    {%- endif -%}
{%- endmacro %}

{#- The cuts of dunning: the dimension and the column of fct_dunning_cases that has its values. -#}
{% macro dunning_cuts() -%}
    {{ return({
        "total": "'(all)'",
        "provider": "provider",
        "payment_method": "payment_method",
        "failure_code": "failure_code",
        "attempts": "cast(attempts as " ~ dbt.type_string() ~ ")",
    }) }}
{%- endmacro %}

{#- Days of 24 hours from one instant to a later one, rounded half up to four decimals. -#}
{% macro exact_days(earlier, later) -%}
    {%- set days = churniq.share_of("1", churniq.seconds_between(earlier, later), "86400") -%}
    {{ return("cast(" ~ days ~ " as decimal(18, 4))") }}
{%- endmacro %}
