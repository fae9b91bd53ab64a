{#-
    Before transactions are added: remove those whose customer is known by another name now, those of a day and currency
    whose exchange rate has changed, and the reversals of a payment with news.
-#}
{% macro delete_restated_transactions() -%}
    {%- set rates = ref("int_exchange_rates") -%}
    {%- set payments = ref("stg_payment_events") -%}
    {#- The rules of the model are checked on the rows of these. -#}
    {%- set customers = ref("int_affected_customers") -%}
    {%- set reversals = ref("int_reversal_values") -%}
    {%- if churniq.is_incremental_model() -%}
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
