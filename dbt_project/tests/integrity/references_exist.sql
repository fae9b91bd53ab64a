-- Prevents a page that opens a customer from a movement and finds nobody: every key names a row of the table it is of.
{{ config(meta={'dagster': {'ref': {'name': 'dim_customers'}}}) }}
{%- set references = [
    ("fct_mrr_movements", "customer_id", "dim_customers"),
    ("fct_serial_churners", "customer_id", "dim_customers"),
    ("dim_customer_cohorts", "customer_id", "dim_customers"),
    ("fct_subscriptions", "customer_id", "dim_customers"),
    ("fct_transactions", "customer_id", "dim_customers"),
    ("fct_subscription_periods", "subscription_id", "fct_subscriptions"),
    ("fct_metric_variants", "convention", "dim_conventions"),
] %}
{% for table_name, key, referenced in references %}
    select
        '{{ table_name }}' as table_name,
        {{ key }} as missing_key
    from {{ get_where_subquery(ref(table_name)) }}
    where
        {{ key }} is not null
        and {{ key }} not in (select {{ key }} from {{ ref(referenced) }})
    {% if not loop.last %}
        union all
    {% endif %}
{% endfor %}
